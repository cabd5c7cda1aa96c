"""Connections that a load balancer opens for clients, and says so."""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trustme
import uvloop
from kit import FakeOrigin, Proxy, answering, complete_messages, eventually, get, in_front_of, no_leaks, soon
from kit.addresses import closed_address
from kit.notes import Notes
from kit.proxied import block, item, line, local

from proxy import acceptor
from proxy.acceptor import Acceptor

PLACE = ("192.0.2.1", 4711, "198.51.100.2", 443)
HEADERS = [line(*PLACE), block(*PLACE), block(*PLACE, item(4, bytes(40)))]
IDS = ["v1", "v2", "v2 with items"]


def behind(*origins: FakeOrigin | str, networks: str = "127.0.0.0/8", **config: Any) -> str:
    """Write the configuration of a listener whose peers send PROXY headers."""
    listener = {"proxy_protocol": {"from": [networks]}, **config.pop("listener", {})}
    return in_front_of(*origins, listener=listener, **config)


def turned_away(proxy: Proxy) -> dict[str, float]:
    samples = proxy.registry.downstream_turned_away.samples()
    return {labels[1]: value for labels, value in samples if isinstance(value, int | float)}


def arriving(proxy: Proxy) -> int:
    return proxy.services["test"].arriving


@pytest.mark.parametrize("header", HEADERS, ids=IDS)
async def test_the_client_is_the_one_that_the_header_names(header: bytes) -> None:
    notes = Notes()
    async with Proxy(behind(closed_address()), filters=[notes]) as proxy:
        client = await proxy.connect()
        await client.send(header + get())
        await client.expect_response(502)
        await client.send(get())
        await client.expect_response(502)
        found = {
            (each.client.address, each.client.port, each.client.local_address, each.client.local_port)
            for each in notes.exchanges
        }
        assert found == {PLACE}


async def test_the_origin_hears_of_that_client() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(behind(origin)) as proxy:
        client = await proxy.connect()
        await client.send(line(*PLACE) + get("/", "X-Forwarded-For: 203.0.113.9"))
        await client.expect_response(200)
        [request], _ = complete_messages(origin.recorded)
        assert request.get("X-Forwarded-For") == "192.0.2.1"


async def test_a_trusted_hop_is_judged_by_the_address_in_the_header() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(behind(origin, listener={"trusted_hops": ["192.0.2.0/24"]})) as proxy,
    ):
        for source in ("192.0.2.1", "192.0.3.1"):
            client = await proxy.connect()
            await client.send(line(source, 1, "198.51.100.2", 80) + get("/", "X-Forwarded-For: 203.0.113.9"))
            await client.expect_response(200)
        requests, _ = complete_messages(origin.recorded)
        assert [each.get("X-Forwarded-For") for each in requests] == ["203.0.113.9, 192.0.2.1", "192.0.3.1"]


@pytest.mark.parametrize("header", [b"PROXY UNKNOWN\r\n", local()])
async def test_where_the_header_speaks_for_nobody_the_peer_is_the_client(header: bytes) -> None:
    notes = Notes()
    async with Proxy(behind(closed_address()), filters=[notes]) as proxy:
        client = await proxy.connect()
        await client.send(header + get())
        await client.expect_response(502)
        assert notes.exchanges[0].client.address == "127.0.0.1"
        assert (notes.exchanges[0].client.local_address, notes.exchanges[0].client.local_port) == proxy.address


async def test_a_peer_that_may_not_speak_for_others_is_turned_away_with_header_and_without() -> None:
    async with Proxy(behind(closed_address(), networks="10.0.0.0/8")) as proxy:
        for said in (line(*PLACE) + get(), get()):
            client = await proxy.connect()
            await client.send(said)
            assert await client.expect_cut() == b""
        assert turned_away(proxy) == {"not_trusted": 2}


async def test_a_request_without_a_header_is_not_answered() -> None:
    async with Proxy(behind(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(get())
        assert await client.expect_cut() == b""
        assert turned_away(proxy) == {"malformed": 1}


async def test_a_header_that_does_not_come_ends_the_connection_in_time() -> None:
    async with Proxy(behind(closed_address(), limits={"header_timeout": "200ms"})) as proxy:
        silent, slow = await proxy.connect(), await proxy.connect()
        await slow.send(b"PROXY TCP4 ")
        await silent.expect_closed()
        await slow.expect_closed()
        assert turned_away(proxy) == {"timeout": 2}


async def test_a_peer_that_only_looks_whether_somebody_listens_is_not_counted() -> None:
    async with Proxy(behind(closed_address())) as proxy, no_leaks():
        client = await proxy.connect()
        assert await eventually(lambda: arriving(proxy) == 1)
        client.close()
        assert await eventually(lambda: arriving(proxy) == 0)
        assert turned_away(proxy) == {}


async def test_only_so_many_may_be_on_their_way_at_a_time() -> None:
    async with Proxy(behind(closed_address(), limits={"connections": 2})) as proxy:
        first, second = await proxy.connect(), await proxy.connect()
        assert await eventually(lambda: arriving(proxy) == 2)
        third = await proxy.connect()
        await third.expect_closed()
        assert turned_away(proxy) == {"overloaded": 1}
        for client in (first, second):
            await client.send(line(*PLACE) + get())
            await client.expect_response(502)


async def test_a_connection_whose_header_is_under_way_is_served_though_the_listener_closes() -> None:
    async with Proxy(behind(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(b"PROXY TCP4")
        proxy.serving.doors["test"].close()
        assert isinstance(proxy.address, tuple)
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection(*proxy.address)
        await client.send(line(*PLACE).removeprefix(b"PROXY TCP4") + get())
        await client.expect_response(502)


async def test_a_reload_changes_who_may_speak_for_others_and_lets_a_header_under_way_come() -> None:
    notes = Notes()
    async with Proxy(behind(closed_address()), filters=[notes]) as proxy:
        client = await proxy.connect()
        await client.send(b"PROXY TCP4")
        assert await eventually(lambda: arriving(proxy))
        await proxy.reload(behind(closed_address(), networks="10.0.0.0/8"), filters=[notes])
        other = await proxy.connect()
        await other.expect_cut()
        assert turned_away(proxy) == {"not_trusted": 1}
        await client.send(line(*PLACE).removeprefix(b"PROXY TCP4") + get())
        await client.expect_response(502)
        await proxy.reload(in_front_of(closed_address()), filters=[notes])
        await client.send(get())
        await client.expect_response(502)
        plain = await proxy.connect()
        await plain.send(get())
        await plain.expect_response(502)
        assert [each.client.address for each in notes.exchanges] == ["192.0.2.1", "192.0.2.1", "127.0.0.1"]


async def test_a_drain_waits_for_a_header_under_way() -> None:
    async with Proxy(behind(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(b"PROXY TCP4")
        assert await eventually(lambda: arriving(proxy))
        drained = asyncio.create_task(proxy.serving.drain(30, 0, ["test"]))
        await soon(20)
        await client.send(line(*PLACE).removeprefix(b"PROXY TCP4") + get())
        answer = await client.expect_response(502)
        assert answer.get("Connection") == "close"
        await client.expect_closed()
        await asyncio.wait_for(drained, 10)


async def test_a_listener_out_of_descriptors_waits_and_goes_on(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    class Full(socket.socket):
        calls = 0

        def accept(self) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise OSError(errno.EMFILE, "Too many open files")
            return super().accept()

    monkeypatch.setattr(acceptor, "PAUSE_S", 0.2)
    opened = Full()
    opened.bind(("127.0.0.1", 0))
    opened.listen()
    opened.setblocking(False)
    async with Proxy(behind(closed_address())) as proxy:
        spec = proxy.graph.listeners[0]
        server = Acceptor(proxy.services["test"], opened, spec.proxy_protocol)
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        await eventually(lambda: opened.calls)
        await soon(20)
        assert opened.calls == 1
        writer.write(line(*PLACE) + get("/", "Connection: close"))
        assert (await reader.read()).startswith(b"HTTP/1.1 502")
        writer.close()
        server.close()
    assert "Too many open files" in caplog.text


async def test_a_connection_that_broke_while_it_waited_holds_up_nobody() -> None:
    class Broken(socket.socket):
        calls = 0

        def accept(self) -> Any:
            self.calls += 1
            if self.calls == 1:
                raise ConnectionAbortedError(errno.ECONNABORTED, "Software caused connection abort")
            return super().accept()

    opened = Broken()
    opened.bind(("127.0.0.1", 0))
    opened.listen()
    opened.setblocking(False)
    async with Proxy(behind(closed_address())) as proxy:
        server = Acceptor(proxy.services["test"], opened, proxy.graph.listeners[0].proxy_protocol)
        reader, writer = await asyncio.open_connection(*opened.getsockname())
        writer.write(line(*PLACE) + get("/", "Connection: close"))
        assert (await reader.read()).startswith(b"HTTP/1.1 502")
        writer.close()
        server.close()


# Over TLS.


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
def secure(authority: trustme.CA, tmp_path: Path) -> Callable[..., Proxy]:
    issued = authority.issue_cert("localhost")
    issued.private_key_pem.write_to_path(tmp_path / "l.key")
    issued.cert_chain_pems[0].write_to_path(tmp_path / "l.crt")
    tls = {"certificates": [{"cert": "l.crt", "key": "l.key"}]}

    def make(notes: Notes, **config: Any) -> Proxy:
        text = behind(closed_address(), listener={"tls": tls}, **config)
        return Proxy(text, filters=[notes], directory=tmp_path)

    return make


class ByHand:
    """A TLS client that shows what it is about to send, so that a test can cut it where it likes."""

    def __init__(self, authority: trustme.CA, address: tuple[str, int]) -> None:
        context = ssl.create_default_context()
        authority.configure_trust(context)
        self._incoming, self._outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._incoming, self._outgoing, server_hostname="localhost")
        self._socket = socket.socket()
        self._socket.setblocking(False)
        self._address = address

    async def connect(self) -> None:
        await asyncio.get_running_loop().sock_connect(self._socket, self._address)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def hello(self) -> bytes:
        with pytest.raises(ssl.SSLWantReadError):
            self._tls.do_handshake()
        return self._outgoing.read()

    async def send(self, data: bytes) -> None:
        await asyncio.get_running_loop().sock_sendall(self._socket, data)
        await soon()

    async def _until(self, step: Callable[[], Any]) -> Any:
        loop = asyncio.get_running_loop()
        async with asyncio.timeout(10):
            while True:
                try:
                    done = step()
                    await loop.sock_sendall(self._socket, self._outgoing.read())
                    return done
                except ssl.SSLWantReadError:
                    await loop.sock_sendall(self._socket, self._outgoing.read())
                    self._incoming.write(await loop.sock_recv(self._socket, 65536))

    async def ask(self, request: bytes) -> bytes:
        """Finish the handshake, send a request, and return the beginning of the answer."""
        await self._until(self._tls.do_handshake)
        self._tls.write(request)
        answer: bytes = await self._until(lambda: self._tls.read(65536))
        return answer

    def close(self) -> None:
        self._socket.close()


@pytest.mark.parametrize("header", HEADERS, ids=IDS)
async def test_header_and_handshake_may_be_cut_anywhere(
    header: bytes, authority: trustme.CA, secure: Callable[..., Proxy]
) -> None:
    notes = Notes()
    async with secure(notes) as proxy:
        assert isinstance(proxy.address, tuple)
        total, cuts = 10_000, 0
        while cuts <= total:
            client = ByHand(authority, proxy.address)
            await client.connect()
            flight = header + client.hello()
            total = len(flight)
            await client.send(flight[:cuts])
            await client.send(flight[cuts:])
            assert (await client.ask(get())).startswith(b"HTTP/1.1 502"), cuts
            client.close()
            # All cuts of the header and around its end; in the handshake, which is not ours to read, some.
            cuts += 1 if cuts < len(header) + 8 else 37
        assert {(each.client.address, each.client.tls) for each in notes.exchanges} == {("192.0.2.1", True)}
        assert {each.request.scheme for each in notes.exchanges} == {"https"}
        assert {each.client.server_name for each in notes.exchanges} == {"localhost"}


async def test_who_never_ends_the_handshake_is_cut(authority: trustme.CA, secure: Callable[..., Proxy]) -> None:
    async with secure(Notes(), limits={"header_timeout": "200ms"}) as proxy, no_leaks():
        client = await proxy.connect()
        await client.send(line(*PLACE) + b"\x16\x03\x01")
        await client.expect_cut()
        client.close()


@pytest.mark.parametrize("leave", ["close", "reset"])
async def test_who_leaves_in_the_handshake_leaves_nothing_behind(
    leave: str, authority: trustme.CA, secure: Callable[..., Proxy]
) -> None:
    async with secure(Notes()) as proxy, no_leaks():
        client = await proxy.connect()
        await client.send(line(*PLACE) + b"\x16\x03\x01")
        getattr(client, leave)()


async def test_plain_http_behind_the_header_of_a_tls_listener_is_refused(secure: Callable[..., Proxy]) -> None:
    async with secure(Notes()) as proxy, no_leaks():
        client = await proxy.connect()
        await client.send(line(*PLACE) + get())
        assert b"HTTP/1.1 2" not in await client.expect_cut()
        client.close()


def test_the_loop_of_the_workers_does_all_that_too(authority: trustme.CA, secure: Callable[..., Proxy]) -> None:
    async def converse() -> None:
        notes = Notes()
        async with secure(notes) as proxy:
            assert isinstance(proxy.address, tuple)
            for header in HEADERS:
                for cut in (0, 5, len(header) - 1, len(header), len(header) + 20):
                    client = ByHand(authority, proxy.address)
                    await client.connect()
                    flight = header + client.hello()
                    await client.send(flight[:cut])
                    await client.send(flight[cut:])
                    assert (await client.ask(get())).startswith(b"HTTP/1.1 502")
                    client.close()
            assert {each.client.address for each in notes.exchanges} == {"192.0.2.1"}
        async with Proxy(behind(closed_address())) as proxy, no_leaks():
            plain = await proxy.connect()
            await plain.send(line(*PLACE)[:9])
            await plain.send(line(*PLACE)[9:] + get())
            await plain.expect_response(502)
            plain.close()
            left = await proxy.connect()
            await left.send(b"PROXY")
            left.reset()

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(converse())
