"""Asking a running Penstock's admin, and what is said where it does not do as asked."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
import trustme
from aiohttp import BodyPartReader, web
from kit.admin import READ, SPEC, TOKENS, standing
from kit.demo import free_ports

from config.admin_client import AdminClient, AdminRefuses, AdminUnreachable
from config.admin_trust import Trust
from config.demo.serving import serving
from config.event_stream import Event
from proxy.admin.access import Access, CertificateRole
from proxy.admin.server import AdminSpec
from proxy.tls.settings import Certificate, ClientAuth, TlsServer

TOKEN = "t" * 32


def admin() -> web.Application:
    """Make an admin that repeats what it was sent."""

    async def repeat(request: web.Request) -> web.Response:
        order = await request.text() if request.can_read_body else None
        return web.json_response([request.method, request.path, order], status=400 if order == '"bad"' else 200)

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>")

    async def locked(request: web.Request) -> web.Response:
        status = {None: 401, f"Bearer {TOKEN}": 200}.get(request.headers.get("Authorization"), 403)
        return web.json_response({"error": "ops may only read"} if status != 200 else {}, status=status)

    async def fails(_: web.Request) -> web.Response:
        return web.json_response({"error": "this failed"}, status=500)

    async def form(request: web.Request) -> web.Response:
        told = []
        async for part in await request.multipart():
            assert isinstance(part, BodyPartReader)
            told.append([part.name, part.headers["Content-Type"], len(await part.read())])
        return web.json_response(told)

    async def events(request: web.Request) -> web.Response:
        return web.Response(text=f"id: 1\ndata: {request.headers.get('Last-Event-ID')}\n\n")

    async def broken(request: web.Request) -> web.StreamResponse:
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b": \n\n")
        assert request.transport is not None
        request.transport.abort()
        return answer

    async def away(_: web.Request) -> web.Response:
        raise web.HTTPFound("https://elsewhere.test/")

    app = web.Application(client_max_size=4 * 1024 * 1024)
    app.add_routes([web.get("/page", page), web.get("/locked", locked), web.get("/fails", fails)])
    app.add_routes([web.get("/events", events), web.get("/broken", broken), web.post("/form", form)])
    app.add_routes([web.post("/locked", locked), web.get("/away", away), web.route("*", "/{path:.*}", repeat)])
    return app


@pytest.fixture
def place() -> Iterator[str]:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with serving(address, admin()):
        yield f"http://{address}"


def test_a_page_is_read(place: str) -> None:
    assert AdminClient(place).get("/cache") == ["GET", "/cache", None]


def test_an_order_is_given_and_its_status_told(place: str) -> None:
    client = AdminClient(place + "/")
    assert client.post("/cache/purge", {"all": True}) == (200, ["POST", "/cache/purge", '{"all": true}'])
    assert client.post("/cache/purge", "bad")[0] == 400
    assert client.post("/reload") == (200, ["POST", "/reload", None])


def test_a_text_is_given(place: str) -> None:
    assert AdminClient(place).post_text("/plan", "é: 1") == (200, ["POST", "/plan", "é: 1"])


def test_an_order_may_have_any_method(place: str) -> None:
    assert AdminClient(place).ask("PUT", "/thing", {"a": 1}) == ["PUT", "/thing", '{"a": 1}']
    assert AdminClient(place).ask("DELETE", "/thing") == ["DELETE", "/thing", None]


def test_one_that_is_not_done_is_an_error(place: str) -> None:
    with pytest.raises(AdminRefuses, match=r"refuses \(400\)"):
        AdminClient(place).ask("PUT", "/thing", "bad")


def test_a_form_is_sent_in_its_parts(place: str) -> None:
    large = b"\0" * (2 * 1024 * 1024)
    parts = {"function": ("application/json", b"{}"), "wasm": ("application/wasm", large)}
    assert AdminClient(place).post_form("/form", parts) == [
        ["function", "application/json", 2],
        ["wasm", "application/wasm", len(large)],
    ]


def test_what_a_call_comes_to_is_returned_as_it_is(place: str) -> None:
    client = AdminClient(place)
    reply = client.call("/thing", {"a": 1}, "application/x+json")
    assert (reply.status, json.loads(reply.body)) == (200, ["POST", "/thing", '{"a": 1}'])
    assert str(client.refusal(client.call("/locked", {}, "a/b"))).endswith(
        "give --token, PENSTOCK_ADMIN_TOKEN, or -c FILE"
    )


def test_events_are_given_on_until_the_stream_ends(place: str) -> None:
    heard: list[Event] = []
    AdminClient(place).follow("/events", heard.append)
    AdminClient(place).follow("/events", heard.append, after="7")
    assert heard == [Event("message", "None", "1"), Event("message", "7", "1")]


def test_a_stream_that_is_refused_is_an_error(place: str) -> None:
    with pytest.raises(AdminRefuses, match="wants to know who asks"):
        AdminClient(place).follow("/locked", lambda _: None)


def test_a_stream_that_breaks_off_is_said(place: str) -> None:
    with pytest.raises(AdminUnreachable, match="no admin answers at"):
        AdminClient(place).follow("/broken", lambda _: None)


def test_an_admin_may_be_at_a_unix_socket(tmp_path: pathlib.Path) -> None:
    place = f"unix:{tmp_path}/admin.sock"
    with serving(place, admin()):
        assert AdminClient(place).get("/cache") == ["GET", "/cache", None]


@pytest.mark.parametrize("place", ["http://127.0.0.1:1", "https://127.0.0.1:1", "unix:/nowhere/admin.sock"])
def test_nobody_there_is_said(place: str) -> None:
    with pytest.raises(AdminUnreachable, match=f"no admin answers at {place}: "):
        AdminClient(place).get("/cache")


@pytest.mark.parametrize("path", ["/page", "/away"])
def test_what_is_no_admin_is_said_to_be_none(place: str, path: str) -> None:
    with pytest.raises(AdminUnreachable, match="is no admin of Penstock"):
        AdminClient(place).get(path)


def test_a_page_that_fails_is_an_error(place: str) -> None:
    with pytest.raises(AdminRefuses, match=r"refuses \(500\): this failed"):
        AdminClient(place).get("/fails")


# -- tokens


def test_a_token_is_sent(place: str) -> None:
    assert AdminClient(place, TOKEN).get("/locked") == {}


def test_without_a_token_it_is_said_how_to_give_one(place: str) -> None:
    with pytest.raises(AdminRefuses, match=r"wants to know who asks: give --token, PENSTOCK_ADMIN_TOKEN, or -c FILE"):
        AdminClient(place).get("/locked")


def test_a_token_that_does_not_do_is_not_repeated(place: str) -> None:
    with pytest.raises(AdminRefuses, match="refuses: ops may only read") as refusal:
        AdminClient(place, "x" * 32).get("/locked")
    assert "x" * 32 not in str(refusal.value)


def test_no_repr_shows_the_token() -> None:
    assert TOKEN not in repr(AdminClient("http://127.0.0.1:1", TOKEN))


# -- TLS


class Authority:
    def __init__(self, directory: pathlib.Path) -> None:
        self._made, self._directory = trustme.CA(), directory
        self.ca = directory / "ca.pem"
        self._made.cert_pem.write_to_path(str(self.ca))

    def issued(self, name: str) -> tuple[pathlib.Path, pathlib.Path]:
        """Return the files of a certificate, its chain and all, and of its key."""
        cert, key = self._directory / f"{name}.crt", self._directory / f"{name}.key"
        issued = self._made.issue_cert(name)
        for pem in (*issued.cert_chain_pems, self._made.cert_pem):
            pem.write_to_path(str(cert), append=True)
        issued.private_key_pem.write_to_path(str(key))
        return cert, key


@pytest.fixture
def authority(tmp_path: pathlib.Path) -> Authority:
    return Authority(tmp_path)


@pytest.fixture
def other(tmp_path: pathlib.Path) -> Authority:
    (tmp_path / "other").mkdir()
    return Authority(tmp_path / "other")


Files = tuple[pathlib.Path, pathlib.Path]


def over_tls(files: Files, clients: pathlib.Path | None = None) -> AdminSpec:
    """Return an admin that shows a certificate, and takes those of an authority."""
    auth = None if clients is None else ClientAuth(str(clients), "request")
    tls = TlsServer((Certificate(str(files[0]), str(files[1])),), auth)
    roles = () if clients is None else (CertificateRole("san", "ops", "read"),)
    return replace(SPEC, access=Access(TOKENS.tokens, roles), tls=tls)


def asked(url: str, trust: Trust, token: str | None = READ) -> Any:
    return AdminClient(url, token, trust).get("/config")


def test_an_admin_of_a_known_authority_is_believed(authority: Authority) -> None:
    with standing(over_tls(authority.issued("127.0.0.1"))) as url:
        assert asked(url, Trust(ca=authority.ca)) == {"secret": "***"}


def test_one_of_another_authority_is_not(authority: Authority, other: Authority) -> None:
    with standing(over_tls(authority.issued("127.0.0.1"))) as url:
        for trust in (Trust(), Trust(ca=other.ca)):
            with pytest.raises(AdminUnreachable, match=r"is not to be trusted \(.+\); give --ca FILE, the authority"):
                asked(url, trust)


def test_nor_is_one_of_another_name(authority: Authority) -> None:
    with (
        standing(over_tls(authority.issued("elsewhere.test"))) as url,
        pytest.raises(AdminUnreachable, match=r"is not to be trusted \(.*mismatch.*\); call it by a name that"),
    ):
        asked(url, Trust(ca=authority.ca))


def test_the_certificate_that_a_configuration_names_is_believed_whatever_its_name(authority: Authority) -> None:
    files = authority.issued("elsewhere.test")
    with standing(over_tls(files)) as url:
        assert asked(url, Trust(shown=(files[0],))) == {"secret": "***"}


def test_another_of_the_same_authority_is_not(authority: Authority) -> None:
    with (
        standing(over_tls(authority.issued("127.0.0.1"))) as url,
        pytest.raises(AdminUnreachable, match="shows another certificate than the configuration names"),
    ):
        asked(url, Trust(shown=(authority.issued("other.test")[0],)))


def test_we_may_show_a_certificate_in_place_of_a_token(authority: Authority) -> None:
    cert, key = authority.issued("ops")
    with standing(over_tls(authority.issued("127.0.0.1"), authority.ca)) as url:
        assert asked(url, Trust(authority.ca, cert, key), None) == {"secret": "***"}


def test_a_certificate_that_is_not_taken_is_said(authority: Authority, other: Authority) -> None:
    cert, key = other.issued("ops")
    with (
        standing(over_tls(authority.issued("127.0.0.1"), authority.ca)) as url,
        pytest.raises(AdminUnreachable, match=r"it takes no such --cert|no admin answers"),
    ):
        asked(url, Trust(authority.ca, cert, key), None)


def test_a_scheme_that_is_not_spoken_is_said(authority: Authority, place: str) -> None:
    with pytest.raises(AdminUnreachable, match=r"does not speak TLS \(.+\); is it http://\?"):
        AdminClient(place.replace("http:", "https:")).get("/cache")
    with (
        standing(over_tls(authority.issued("127.0.0.1"))) as url,
        pytest.raises(AdminUnreachable, match=r"hangs up; is it https://\?"),
    ):
        asked(url.replace("https:", "http:"), Trust())
