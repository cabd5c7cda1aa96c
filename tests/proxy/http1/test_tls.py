"""TLS on either side, with certificates that an authority of the tests' own has signed."""

import asyncio
import ssl
import warnings
from pathlib import Path
from typing import Any

import pytest
import trustme
from kit import FakeOrigin, Proxy, Wire, answering, complete_messages, get, in_front_of, no_leaks, post
from kit.addresses import closed_address
from kit.notes import Notes

MIB = 1024 * 1024
HELD_BYTES = 24 * MIB
OURS, THEIRS = "ours.example", "theirs.example"


class Authority:
    """A certificate authority whose files lie in a directory."""

    def __init__(self, directory: Path) -> None:
        self._ca = trustme.CA()
        self.directory = directory
        self.path = directory / "ca.pem"
        self._ca.cert_pem.write_to_path(self.path)

    def listener(self, *names: str) -> dict[str, Any]:
        """Issue a certificate and return a listener's section with it."""
        issued = self._ca.issue_cert(*(names or ("localhost",)))
        issued.private_key_pem.write_to_path(self.directory / "listener.key")
        issued.cert_chain_pems[0].write_to_path(self.directory / "listener.crt")
        return {"tls": {"certificates": [{"cert": "listener.crt", "key": "listener.key"}]}}

    def server(self, *names: str) -> ssl.SSLContext:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._ca.issue_cert(*names).configure_cert(context)
        return context

    def client(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def behind_tls(authority: Authority, *origins: FakeOrigin | str, **config: Any) -> Proxy:
    return Proxy(in_front_of(*origins, listener=authority.listener(), **config), directory=authority.directory)


# Clients over TLS.


async def test_a_client_over_tls_is_served_again_and_again_on_one_connection(authority: Authority) -> None:
    async with FakeOrigin(answering()) as origin, behind_tls(authority, origin) as proxy:
        client = await proxy.connect(tls=authority.client())
        for target in ("/1", "/2", "/3"):
            await client.send(get(target))
            await client.expect_response(200, body=b"ok")
        requests, _ = complete_messages(origin.recorded)
        assert [request.target for request in requests] == ["/1", "/2", "/3"]
        assert {request.get("X-Forwarded-Proto") for request in requests} == {"https"}


async def test_only_http_1_1_is_agreed_upon(authority: Authority) -> None:
    async with behind_tls(authority, closed_address()) as proxy:
        context = authority.client()
        context.set_alpn_protocols(["h2", "http/1.1"])
        client = await proxy.connect(tls=context)
        assert client.transport.get_extra_info("ssl_object").selected_alpn_protocol() == "http/1.1"


async def test_requests_pipelined_over_tls_are_answered_in_order(authority: Authority) -> None:
    async def echo(wire: Wire) -> None:
        while True:
            request = await wire.expect_message(within_s=60)
            target = request.target.encode()
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(target), target))

    async with FakeOrigin(echo) as origin, behind_tls(authority, origin) as proxy:
        client = await proxy.connect(tls=authority.client())
        await client.send(get("/1") + post(b"body", target="/2") + get("/3"))
        for target in (b"/1", b"/2", b"/3"):
            await client.expect_response(200, body=target)


async def test_a_large_body_goes_down_at_the_pace_of_a_client_over_tls(authority: Authority) -> None:
    async with FakeOrigin() as origin, behind_tls(authority, origin) as proxy:
        client = await proxy.connect(tls=authority.client(), record=False)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (48 * MIB))
        assert await held_up_bytes(upstream, 48 * MIB) < HELD_BYTES
        client.go_on_reading()
        await client.until(lambda: client.received_bytes > 48 * MIB, "the whole body", 20)


async def test_a_large_body_goes_up_at_the_pace_of_the_origin(authority: Authority) -> None:
    limits = {"body_bytes": "1GiB"}
    async with FakeOrigin(record=False) as origin, behind_tls(authority, origin, limits=limits) as proxy:
        client = await proxy.connect(tls=authority.client())
        await client.send(get("/", f"Content-Length: {48 * MIB}", method="POST"))
        upstream = await origin.accept()
        upstream.stop_reading()
        assert await held_up_bytes(client, 48 * MIB) < HELD_BYTES
        upstream.go_on_reading()
        await upstream.until(lambda: upstream.received_bytes > 48 * MIB, "the whole body", 20)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def held_up_bytes(wire: Wire, total: int) -> int:
    """Pour for as long as it is taken; return how much was when it stopped. The rest is poured in the background."""
    taken = 0

    async def pour() -> None:
        nonlocal taken
        for _ in range(total // 65536):
            await wire.pour(b"a" * 65536, 65536)
            taken += 65536

    wire.pouring = asyncio.create_task(pour())  # type: ignore[attr-defined]  # kept alive with the wire
    before = -1
    while taken != before:
        before = taken
        await asyncio.sleep(0.2)
    return taken


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
async def test_a_client_over_tls_that_leaves_frees_the_upstream(authority: Authority, leave: Any) -> None:
    async with FakeOrigin() as origin, behind_tls(authority, origin) as proxy, no_leaks():
        client = await proxy.connect(tls=authority.client())
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        leave(client)
        await upstream.expect_closed()
        upstream.transport.abort()
        assert proxy.in_flight == 0


async def test_a_client_over_tls_gets_its_refusal(authority: Authority) -> None:
    async with behind_tls(authority, closed_address()) as proxy:
        client = await proxy.connect(tls=authority.client())
        await client.send(b"GET / HTTP/9.9\r\nHost: a\r\n\r\n")
        await client.expect_response(400)
        await client.expect_closed()


async def test_plain_http_on_a_tls_port_is_refused_and_hurts_nobody(authority: Authority) -> None:
    async with FakeOrigin(answering()) as origin, behind_tls(authority, origin) as proxy:
        plain = await proxy.connect()
        await plain.send(get())
        assert b"HTTP/1.1 2" not in await plain.expect_cut()
        assert origin.connections == []
        client = await proxy.connect(tls=authority.client())
        await client.send(get())
        await client.expect_response(200)


async def test_a_tls_hello_on_a_plain_port_is_refused_at_once() -> None:
    async with Proxy(in_front_of(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(client_hello())
        await client.expect_response(400)
        await client.expect_closed()


def client_hello() -> bytes:
    sent = ssl.MemoryBIO()
    with pytest.raises(ssl.SSLWantReadError):
        ssl.create_default_context().wrap_bio(ssl.MemoryBIO(), sent, server_hostname="localhost").do_handshake()
    return sent.read()


async def test_a_client_that_never_finishes_its_handshake_is_cut(authority: Authority) -> None:
    async with behind_tls(authority, closed_address(), limits={"header_timeout": "200ms"}) as proxy:
        client = await proxy.connect()
        await client.send(client_hello()[:20])
        await client.expect_cut(within_s=2)


@pytest.mark.parametrize(("version", "welcome"), [(ssl.TLSVersion.TLSv1_1, False), (ssl.TLSVersion.TLSv1_2, True)])
async def test_tls_is_spoken_from_1_2_on(authority: Authority, version: ssl.TLSVersion, welcome: bool) -> None:
    context = authority.client()
    context.set_ciphers("ALL:@SECLEVEL=0")  # Else this client would itself refuse to speak 1.1.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        context.minimum_version = context.maximum_version = version
    async with FakeOrigin(answering()) as origin, behind_tls(authority, origin) as proxy:
        if welcome:
            client = await proxy.connect(tls=context)
            assert client.transport.get_extra_info("ssl_object").version() == "TLSv1.2"
        else:
            with pytest.raises(ssl.SSLError, match="ALERT_PROTOCOL_VERSION"):
                await proxy.connect(tls=context)


# Origins over TLS.


def before_tls(authority: Authority, origin: FakeOrigin, notes: Notes, **tls: Any) -> Proxy:
    config = in_front_of(origin, upstream={"tls": tls})
    return Proxy(config, filters=[notes], directory=authority.directory)


async def answered(proxy: Proxy, status: int, target: str = "/") -> None:
    client = await proxy.connect()
    await client.send(get(target))
    await client.expect_response(status)


async def test_an_origin_whose_authority_is_known_is_spoken_to_over_tls(authority: Authority) -> None:
    async with (
        FakeOrigin(answering(), tls=authority.server("127.0.0.1")) as origin,
        before_tls(authority, origin, Notes(), ca="ca.pem") as proxy,
    ):
        await answered(proxy, 200, "/1")
        await answered(proxy, 200, "/2")
        assert len(origin.connections) == 1


async def test_an_origin_of_an_unknown_authority_is_a_502(authority: Authority, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    other, notes = Authority(tmp_path / "other"), Notes()
    async with (
        FakeOrigin(answering(), tls=other.server("127.0.0.1")) as origin,
        before_tls(authority, origin, notes, ca="ca.pem") as proxy,
    ):
        await answered(proxy, 502)
        assert notes.reasons == [("proxy", "tls_failed")]
        assert "certificate verify failed" in notes.exchanges[0].decisions[0].detail
        assert b"GET" not in origin.recorded


async def test_without_a_file_the_systems_authorities_are_asked(authority: Authority) -> None:
    async with (
        FakeOrigin(answering(), tls=authority.server("127.0.0.1")) as origin,
        before_tls(authority, origin, Notes()) as proxy,
    ):
        await answered(proxy, 502)


async def test_an_origin_of_another_name_is_a_502(authority: Authority) -> None:
    notes = Notes()
    async with (
        FakeOrigin(answering(), tls=authority.server(THEIRS)) as origin,
        before_tls(authority, origin, notes, ca="ca.pem", server_name=OURS) as proxy,
    ):
        await answered(proxy, 502)
        assert notes.reasons == [("proxy", "tls_failed")]
        assert OURS in notes.exchanges[0].decisions[0].detail


async def test_an_origin_may_be_known_by_another_name_than_its_address(authority: Authority) -> None:
    async with (
        FakeOrigin(answering(), tls=authority.server(OURS)) as origin,
        before_tls(authority, origin, Notes(), ca="ca.pem", server_name=OURS) as proxy,
    ):
        await answered(proxy, 200)


async def test_the_origin_is_told_which_name_is_wanted(authority: Authority) -> None:
    wanted: list[str | None] = []
    context = authority.server(OURS)
    context.sni_callback = lambda _, name, __: wanted.append(name)  # type: ignore[assignment]
    async with (
        FakeOrigin(answering(), tls=context) as origin,
        before_tls(authority, origin, Notes(), ca="ca.pem", server_name=OURS) as proxy,
    ):
        await answered(proxy, 200)
        assert wanted == [OURS]


async def test_verification_can_be_turned_off(authority: Authority) -> None:
    async with (
        FakeOrigin(answering(), tls=authority.server(THEIRS)) as origin,
        before_tls(authority, origin, Notes(), verify=False) as proxy,
    ):
        await answered(proxy, 200)


async def test_a_plain_origin_that_should_speak_tls_is_a_502(authority: Authority) -> None:
    async def refuse(wire: Wire) -> None:
        await wire.send(b"HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n")
        wire.close()

    async with FakeOrigin(refuse) as origin, before_tls(authority, origin, Notes(), verify=False) as proxy:
        await answered(proxy, 502)
        assert b"GET" not in origin.recorded


async def test_an_origin_that_cuts_its_body_over_tls_never_looks_finished(authority: Authority) -> None:
    async with (
        FakeOrigin(tls=authority.server("127.0.0.1")) as origin,
        before_tls(authority, origin, Notes(), ca="ca.pem") as proxy,
    ):
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\n\r\nhalf")  # Its end is the connection's, so only TLS can tell.
        await client.expect_until(b"half\r\n")
        upstream.reset()
        assert b"0\r\n\r\n" not in await client.expect_cut()


async def test_tls_on_both_sides_carries_bodies_unchanged(authority: Authority) -> None:
    async def echo(wire: Wire) -> None:
        while True:
            request = await wire.expect_message(within_s=60)
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % len(request.body) + request.body)

    body = bytes(at * 31 % 251 for at in range(300_000))
    async with (
        FakeOrigin(echo, tls=authority.server("127.0.0.1")) as origin,
        behind_tls(authority, origin, upstream={"tls": {"ca": "ca.pem"}}) as proxy,
    ):
        client = await proxy.connect(tls=authority.client())
        for _ in range(2):
            await client.send(post(body))
            await client.expect_response(200, body=body)
