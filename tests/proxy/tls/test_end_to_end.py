"""TLS from a client to an origin: who is known to whom, and what is said where it fails."""

from __future__ import annotations

import ssl
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, Wire, answering, get, in_front_of
from kit.addresses import closed_address
from kit.certificates import DAY, NOW, Issued, authority, client_context, issue, shown
from kit.notes import Notes
from kit.wire import connect

from proxy.listener import serve, tls_context
from proxy.sockets import open_socket
from proxy.tls.server import server_context
from proxy.tls.settings import Certificate, ClientAuth, TlsServer
from proxy.upstream.address import Address


class House:
    """An authority's files in a directory, and what is made of them."""

    def __init__(self, directory: Path) -> None:
        self.directory, self.root = directory, authority()
        (directory / "ca.pem").write_bytes(self.root.pem)

    def issue(self, stem: str, *names: str, **how: Any) -> Issued:
        issued = issue(*names, by=how.pop("by", self.root), **how)
        issued.write(self.directory, stem, self.root)
        return issued

    def pair(self, stem: str) -> dict[str, str]:
        return {"cert": f"{stem}.crt", "key": f"{stem}.key"}

    def proxy(
        self, *origins: FakeOrigin | str, stems: Sequence[str] = ("server",), notes: Notes | None = None, **config: Any
    ) -> Proxy:
        tls = {"certificates": [self.pair(stem) for stem in stems], **config.pop("tls", {})}
        text = in_front_of(*origins, listener={"tls": tls}, **config)
        return Proxy(text, filters=[notes] if notes else [], directory=self.directory)

    def client(self, stem: str | None = None) -> ssl.SSLContext:
        context = client_context(self.root)
        if stem is not None:
            context.load_cert_chain(str(self.directory / f"{stem}.crt"), str(self.directory / f"{stem}.key"))
        return context


@pytest.fixture
def house(tmp_path: Path) -> House:
    house = House(tmp_path)
    house.issue("server", "localhost")
    return house


# Towards clients.


async def test_filters_know_the_client_by_its_certificate(house: House) -> None:
    ada, notes = house.issue("ada", "ada.test"), Notes()
    async with (
        FakeOrigin(answering()) as origin,
        house.proxy(origin, notes=notes, tls={"client": {"ca": "ca.pem"}}) as proxy,
    ):
        client = await proxy.connect(tls=house.client("ada"))
        for _ in range(2):
            await client.send(get())
            await client.expect_response(200)
        first, second = (each.client for each in notes.exchanges)
        assert first.certificate is not None
        assert first.certificate is second.certificate
        assert (first.certificate.der, first.certificate.common_name) == (ada.der, "ada.test")
        assert (first.server_name, first.tls_version) == ("localhost", "TLSv1.3")
        assert first.cipher is not None
        assert first.cipher.startswith("TLS_")


async def test_a_client_that_was_not_asked_has_no_certificate(house: House) -> None:
    house.issue("ada", "ada.test")
    notes = Notes()
    async with FakeOrigin(answering()) as origin, house.proxy(origin, notes=notes) as proxy:
        client = await proxy.connect(tls=house.client("ada"))
        await client.send(get())
        await client.expect_response(200)
        assert notes.exchanges[0].client.certificate is None


async def test_a_client_without_a_certificate_gets_no_answer_where_one_is_required(house: House) -> None:
    async with house.proxy(closed_address(), tls={"client": {"ca": "ca.pem", "mode": "require"}}) as proxy:
        client = await proxy.connect(tls=house.client())  # In TLS 1.3 a client is done before it is judged.
        await client.send(get())
        await client.expect_cut()
        assert proxy.registry.snapshot()["tls_handshake_failures_total"] == [(["test", "client_certificate"], 1)]


async def test_two_hosts_are_shown_their_certificates_on_one_listener(house: House) -> None:
    other = house.issue("other", "other.test")
    async with FakeOrigin(answering()) as origin, house.proxy(origin, stems=["other", "server"]) as proxy:
        client = await proxy.connect(tls=house.client())
        assert shown(client.transport.get_extra_info("ssl_object")) != other.der
        await client.send(get())
        await client.expect_response(200)


async def test_a_certificate_is_renewed_while_connections_go_on(house: House) -> None:
    """As a reload does it: another server on the same socket, with a context of what the files hold now."""
    async with FakeOrigin(answering()) as origin, house.proxy(origin) as proxy:
        old = await proxy.connect(tls=house.client())
        [spec] = proxy.graph.listeners
        renewed = house.issue("server", "localhost")
        opened = open_socket(Address.parse("127.0.0.1:0"))
        server = await serve(spec, proxy.services["test"], opened, tls_context(spec, proxy.registry))
        new = await connect(opened.getsockname(), tls=house.client())
        before, after = (shown(each.transport.get_extra_info("ssl_object")) for each in (old, new))
        assert before != after == renewed.der
        for each in (old, new, old):
            await each.send(get())
            await each.expect_response(200)
        new.close()
        server.close()


# Towards origins.


def origin_context(house: House, *names: str, clients: Issued | None = None, **how: Any) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    house.issue("origin", *(names or ("127.0.0.1",)), **how)
    context.load_cert_chain(str(house.directory / "origin.crt"), str(house.directory / "origin.key"))
    if clients is not None:
        context.load_verify_locations(cadata=clients.pem.decode())
        context.verify_mode = ssl.CERT_REQUIRED
    return context


async def answered(house: House, context: ssl.SSLContext, status: int, **tls: Any) -> tuple[FakeOrigin, Notes]:
    """Ask once through a proxy that speaks TLS to an origin."""
    notes = Notes()
    async with (
        FakeOrigin(answering(), tls=context) as origin,
        Proxy(in_front_of(origin, upstream={"tls": tls}), filters=[notes], directory=house.directory) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get())
        response = await client.expect_response(status)
        assert b"certificate" not in response.body.lower()
    return origin, notes


async def test_an_origin_knows_us_by_our_certificate(house: House) -> None:
    ours = house.issue("ours", "penstock")
    origin, _ = await answered(house, origin_context(house, clients=house.root), 200, ca="ca.pem", **house.pair("ours"))
    there = origin.connections[0].transport.get_extra_info("ssl_object")
    assert there.getpeercert(binary_form=True) == ours.der


async def test_an_origin_that_wants_a_certificate_which_we_have_not_is_a_502_that_says_so(house: House) -> None:
    house.issue("origin", "127.0.0.1")
    files = Certificate(str(house.directory / "origin.crt"), str(house.directory / "origin.key"))
    context = server_context(TlsServer((files,), ClientAuth(str(house.directory / "ca.pem"))))
    _, notes = await answered(house, context, 502, ca="ca.pem")
    assert "certificate required" in notes.exchanges[0].decisions[0].detail


@pytest.mark.parametrize(
    ("names", "how", "says"),
    [
        (["127.0.0.1"], {"begins": NOW - 2 * DAY, "ends": NOW - DAY}, "certificate has expired"),
        (["127.0.0.1"], {"begins": NOW + DAY, "ends": NOW + 2 * DAY}, "certificate is not yet valid"),
        (["127.0.0.1"], {"by": authority("Somebody else")}, "unable to get local issuer certificate"),
        (["other.test"], {}, "IP address mismatch, certificate is not valid for '127.0.0.1'"),
    ],
)
async def test_an_origin_that_is_not_to_be_trusted_is_a_502_whose_reason_only_the_operator_reads(
    house: House, names: list[str], how: dict[str, Any], says: str
) -> None:
    _, notes = await answered(house, origin_context(house, *names, **how), 502, ca="ca.pem")
    assert notes.reasons == [("proxy", "tls_failed")]
    detail = notes.exchanges[0].decisions[0].detail
    assert f"TLS failed: certificate verify failed: {says}" in detail
    assert "_ssl.c" not in detail


async def test_an_origin_that_speaks_no_tls_is_a_502_that_says_so(house: House) -> None:
    async def refuse(wire: Wire) -> None:
        await wire.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        wire.close()

    notes = Notes()
    async with (
        FakeOrigin(refuse) as origin,
        Proxy(in_front_of(origin, upstream={"tls": {"verify": False}}), filters=[notes]) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(502)
        assert notes.reasons == [("proxy", "tls_failed")]
        assert "TLS failed: wrong version number" in notes.exchanges[0].decisions[0].detail
