"""Who is let through to the admin's pages, over real HTTP, and what is written down of it."""

from __future__ import annotations

import pathlib
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import trustme
from kit.admin import READ, TOKENS, WRITE, Visitor, bearer, filled, visiting

from proxy.admin.access import Access, CertificateRole
from proxy.admin.attempts import BURST
from proxy.admin.endpoints import ENDPOINTS
from proxy.tls.settings import Certificate, ClientAuth, TlsServer


@pytest.fixture
async def locked(tmp_path: pathlib.Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path, access=TOKENS) as visitor:
        yield visitor


PROTECTED = [(each.method, filled(each.path)) for each in ENDPOINTS if each.role is not None]
CHANGES = [(each.method, filled(each.path)) for each in ENDPOINTS if each.role == "write"]


# -- tokens


@pytest.mark.parametrize(("method", "path"), [*PROTECTED, ("GET", "/nowhere"), ("PUT", "/config")])
async def test_without_a_token_nothing_is_told(locked: Visitor, method: str, path: str) -> None:
    async with locked.session.request(method, locked.url + path) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="penstock"'
        assert await response.json() == {"error": "say who you are: Authorization: Bearer TOKEN"}


@pytest.mark.parametrize(("method", "path"), PROTECTED)
@pytest.mark.parametrize("field", ["Bearer wrong", "Basic b3BzOm9wcw==", "Bearer", f"Bearer {READ[:-1]}"])
async def test_a_wrong_token_opens_nothing(locked: Visitor, method: str, path: str, field: str) -> None:
    async with locked.session.request(method, locked.url + path, headers={"Authorization": field}) as response:
        assert response.status == 401
        assert response.headers["WWW-Authenticate"] == 'Bearer realm="penstock", error="invalid_token"'
        assert "nobody has this token" in await response.text()


@pytest.mark.parametrize("path", [filled(each.path) for each in ENDPOINTS if each.method == "GET"])
async def test_a_token_that_may_read_opens_every_page(locked: Visitor, path: str) -> None:
    assert (await locked.get(path, bearer(READ)))[0] == 200


@pytest.mark.parametrize(("method", "path"), CHANGES)
async def test_a_token_that_may_read_changes_nothing(locked: Visitor, method: str, path: str) -> None:
    async with locked.session.request(method, locked.url + path, headers=bearer(READ)) as response:
        assert response.status == 403
        assert 'error="insufficient_scope", scope="write"' in response.headers["WWW-Authenticate"]
        assert await response.json() == {"error": "graphs may only read; this takes the role write"}
    assert (locked.known.orders, locked.known.reloads, locked.desk.asked, locked.known.invoked) == ([], 0, [], [])


async def test_a_token_that_may_write_may_do_all(locked: Visitor) -> None:
    assert (await locked.order("/reload", headers=bearer(WRITE)))[0] == 200
    assert (await locked.get("/config", bearer(WRITE)))[0] == 200


async def test_two_tokens_at_once_are_none(locked: Visitor) -> None:
    fields = [("Authorization", f"Bearer {WRITE}"), ("Authorization", f"Bearer {READ}")]
    async with locked.session.get(locked.url + "/config", headers=fields) as response:
        assert response.status == 401


async def test_a_token_in_the_query_is_none(locked: Visitor) -> None:
    assert (await locked.get(f"/config?access_token={WRITE}"))[0] == 401


async def test_probes_need_no_token_and_are_told_little(locked: Visitor) -> None:
    assert await locked.json("/healthz") == (200, {"status": "ok"})
    locked.known.reason = "1 of 2 workers are ready"
    assert await locked.json("/readyz") == (503, {"status": "not ready"})


async def test_who_may_read_is_told_more_by_the_same_pages(locked: Visitor) -> None:
    assert "workers" in (await locked.json("/healthz", bearer(READ)))[1]
    locked.known.reason = "1 of 2 workers are ready"
    assert (await locked.json("/readyz", bearer(READ)))[1]["reason"] == "1 of 2 workers are ready"


async def test_many_wrong_tokens_have_to_wait_and_right_ones_with_them(locked: Visitor) -> None:
    for _ in range(BURST):
        assert (await locked.get("/healthz", bearer("wrong")))[0] == 401
    async with locked.session.get(locked.url + "/config", headers=bearer(WRITE)) as response:
        assert response.status == 429
        assert 1 <= int(response.headers["Retry-After"]) <= 6
        assert "too many wrong tokens came from 127.0.0.1" in await response.text()
    assert (await locked.get("/healthz"))[0] == 200


async def test_calls_without_a_token_make_nobody_wait(locked: Visitor) -> None:
    for _ in range(2 * BURST):
        assert (await locked.get("/config"))[0] == 401
    assert (await locked.get("/config", bearer(READ)))[0] == 200


async def test_calls_are_counted_by_what_came_of_them(locked: Visitor) -> None:
    await locked.get("/config", bearer(READ))
    await locked.get("/nowhere", bearer(READ))
    await locked.get("/config")
    await locked.get("/config", {"Host": "attacker.test"})
    await locked.order("/reload", headers=bearer(READ))
    assert [locked.known.counted(word) for word in ("answered", "unauthenticated", "misdirected", "forbidden")] == [
        2,
        1,
        1,
        1,
    ]


async def test_who_is_unknown_gets_one_answer_a_connection(locked: Visitor) -> None:
    async with locked.session.get(locked.url + "/healthz") as response:
        assert response.headers["Connection"] == "close"
    async with locked.session.get(locked.url + "/healthz", headers=bearer(READ)) as response:
        assert "Connection" not in response.headers


# -- certificates


ROLES = (CertificateRole("san", "*.ops.example.com", "write"), CertificateRole("cn", "graphs", "read"))


@asynccontextmanager
async def with_certificates(
    directory: pathlib.Path, shown: str | None, common_name: str | None = None, **more: object
) -> AsyncIterator[Visitor]:
    """Start an admin that asks for certificates; the visitor shows one of this name, or none."""
    ours, theirs = trustme.CA(), trustme.CA()
    certificate = ours.issue_cert("127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(directory / "a.crt"))
    certificate.private_key_pem.write_to_path(str(directory / "a.key"))
    theirs.cert_pem.write_to_path(str(directory / "clients.pem"))
    client = ssl.create_default_context()
    ours.configure_trust(client)
    if shown is not None:
        theirs.issue_cert(shown, common_name=common_name).configure_cert(client)
    tls = TlsServer(
        (Certificate(str(directory / "a.crt"), str(directory / "a.key")),),
        ClientAuth(str(directory / "clients.pem"), "request"),
    )
    async with visiting(directory, client, tls=tls, **{"access": Access(certificates=ROLES), **more}) as visitor:
        yield visitor


async def test_a_certificate_opens_what_its_role_opens(tmp_path: pathlib.Path) -> None:
    async with with_certificates(tmp_path, "ada.ops.example.com") as visitor:
        assert (await visitor.order("/reload"))[0] == 200
        assert [(line["who"], line["by"]) for line in visitor.lines()] == [("ada.ops.example.com", "certificate")]


async def test_a_certificate_that_may_read_changes_nothing(tmp_path: pathlib.Path) -> None:
    async with with_certificates(tmp_path, "x.example.com", "graphs") as visitor:
        assert (await visitor.get("/config"))[0] == 200
        assert await visitor.order("/reload") == (403, {"error": "graphs may only read; this takes the role write"})


@pytest.mark.parametrize("shown", [None, "ada.example.com"])
async def test_without_a_certificate_of_a_role_only_probes_are_answered(
    tmp_path: pathlib.Path, shown: str | None
) -> None:
    async with with_certificates(tmp_path, shown) as visitor:
        assert await visitor.json("/config") == (403, {"error": "show a client certificate that has a role here"})
        assert await visitor.json("/healthz") == (200, {"status": "ok"})


async def test_a_token_may_stand_in_for_a_certificate(tmp_path: pathlib.Path) -> None:
    access = Access(TOKENS.tokens, ROLES)
    async with with_certificates(tmp_path, None, access=access) as visitor:
        assert (await visitor.get("/config", bearer(READ)))[0] == 200
        status, body = await visitor.json("/config")
        assert (status, body["error"]) == (401, "say who you are: Authorization: Bearer TOKEN, or a client certificate")


async def test_a_wrong_token_is_not_made_good_by_a_certificate(tmp_path: pathlib.Path) -> None:
    access = Access(TOKENS.tokens, ROLES)
    async with with_certificates(tmp_path, "ada.ops.example.com", access=access) as visitor:
        assert (await visitor.get("/config", bearer("wrong")))[0] == 401
        assert (await visitor.get("/config"))[0] == 200


# -- web pages


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize("origin", ["https://elsewhere.test", "null", "http://127.0.0.1:9901"])
async def test_a_web_page_changes_nothing(visitor: Visitor, method: str, path: str, origin: str) -> None:
    assert (await visitor.get(path, {"Origin": origin}, method=method))[0] == 403
    assert (visitor.known.orders, visitor.known.reloads, visitor.desk.asked, visitor.known.invoked) == ([], 0, [], [])


async def test_a_web_page_changes_nothing_with_a_token_either(locked: Visitor) -> None:
    assert (await locked.order("/reload", headers={**bearer(WRITE), "Origin": "null"}))[0] == 403


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE", "PURGE"])
async def test_that_holds_for_all_methods_that_may_change_something(visitor: Visitor, method: str) -> None:
    assert (await visitor.json("/reload", {"Origin": "null"}, method=method))[0] == 403


async def test_a_name_that_a_web_page_bound_to_this_machine_is_refused(visitor: Visitor) -> None:
    status, body = await visitor.json("/config", {"Host": "attacker.test:9901"})
    assert status == 421
    assert body["error"] == "call the admin by an IP address, localhost, or a name that its allow_hosts has"


@pytest.mark.parametrize("host", ["localhost", "localhost:9901", "127.0.0.1", "[::1]:9901", "[::1]"])
async def test_this_machine_by_any_of_its_names_is_served(visitor: Visitor, host: str) -> None:
    assert (await visitor.get("/healthz", {"Host": host}))[0] == 200


async def test_a_name_may_be_allowed(tmp_path: pathlib.Path) -> None:
    async with visiting(tmp_path, access=Access(hosts=frozenset({"admin.example.com"}))) as visitor:
        assert (await visitor.get("/config", {"Host": "Admin.example.com:9901"}))[0] == 200
        assert (await visitor.get("/config", {"Host": "example.com"}))[0] == 421


# -- what is written down


async def test_a_change_is_written_down_before_it_is_answered(visitor: Visitor) -> None:
    async with visitor.session.post(
        visitor.url + "/cache/purge", json={"url": "http://a.example/x?token=abc", "hard": True}
    ) as response:
        [line] = visitor.lines()
        assert line["id"] == response.headers["X-Request-ID"]
    assert (
        line.items()
        >= {
            "who": "loopback",
            "by": "loopback",
            "address": "127.0.0.1",
            "method": "POST",
            "path": "/cache/purge",
            "order": {"cache": None, "kind": "url", "value": "http://a.example/x?…", "hard": True},
            "outcome": "done",
            "status": 200,
        }.items()
    )


async def test_who_it_was_is_written_down(locked: Visitor) -> None:
    await locked.order("/reload", headers=bearer(WRITE))
    await locked.order("/wasm/auth/reload", headers=bearer(READ))
    await locked.order("/reload")
    assert [(line["who"], line["by"], line["outcome"]) for line in locked.lines()] == [
        ("ops", "token", "done"),
        ("graphs", "token", "denied"),
        (None, "nobody", "denied"),
    ]


async def test_what_is_asked_for_is_written_down_without_its_text(locked: Visitor) -> None:
    await locked.order("/plan", "a: the-secret", bearer(WRITE), kind="application/yaml")
    await locked.order("/wasm/auth/reload", headers=bearer(WRITE))
    await locked.order("/reload", headers=bearer(WRITE))
    assert [line["order"] for line in locked.lines()] == [{"bytes": 13}, {"filter": "auth"}, {"generation": 2}]
    assert "the-secret" not in locked.audit.read_text()


async def test_reading_is_not_written_down(locked: Visitor) -> None:
    await locked.get("/config", bearer(READ))
    await locked.get("/config")
    assert locked.lines() == []


async def test_strangers_cannot_fill_the_log(locked: Visitor) -> None:
    for _ in range(3 * BURST):
        assert (await locked.order("/reload"))[0] == 401
    assert len(locked.lines()) == BURST
    await locked.order("/reload", headers=bearer(WRITE))
    assert locked.lines()[-1]["who"] == "ops"


async def test_no_token_is_ever_written_down_or_logged(locked: Visitor, caplog: pytest.LogCaptureFixture) -> None:
    for token in (READ, WRITE, "wrong-" + WRITE):
        await locked.order("/reload", headers=bearer(token))
        await locked.order("/cache/purge", "{", headers=bearer(token))
    everything = locked.audit.read_text() + caplog.text
    assert READ not in everything
    assert WRITE not in everything
