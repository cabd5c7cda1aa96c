"""A door is closed and opened again with nobody lost before it."""

import asyncio
import socket
import ssl
from pathlib import Path

import pytest
import trustme
from kit import FakeOrigin, Proxy, Wire, answering, certificates, complete_messages, get
from kit.reloading import mark_met, marked


class Authority:
    """Issues the certificate that a listener shows, again and again, into the same files."""

    def __init__(self, directory: Path) -> None:
        self._ca, self._directory = trustme.CA(), directory
        self.listener = {"tls": {"certificates": [{"cert": "listener.crt", "key": "listener.key"}]}}
        self.issue()

    def issue(self) -> None:
        issued = self._ca.issue_cert("localhost")
        issued.private_key_pem.write_to_path(self._directory / "listener.key")
        issued.cert_chain_pems[0].write_to_path(self._directory / "listener.crt")

    @property
    def shown(self) -> bytes:
        return ssl.PEM_cert_to_DER_cert((self._directory / "listener.crt").read_text())

    def client(self, *pair: str) -> ssl.SSLContext:
        """Make a client that trusts it; the pair is the client's own certificate and key."""
        context = ssl.create_default_context()
        self._ca.configure_trust(context)
        if pair:
            context.load_cert_chain(*pair)
        return context


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def certificate(transport: asyncio.BaseTransport) -> bytes:
    shown: bytes = transport.get_extra_info("ssl_object").getpeercert(binary_form=True)
    return shown


async def test_handshakes_after_the_swap_see_the_new_certificate_and_connections_before_it_stay(
    authority: Authority, tmp_path: Path
) -> None:
    async with FakeOrigin(answering()) as origin:
        text = marked("old", origin, listener=authority.listener)
        async with Proxy(text, directory=tmp_path) as proxy:
            before, first = await proxy.connect(tls=authority.client()), authority.shown
            assert await mark_met(before) == "old"
            authority.issue()
            await proxy.prepare(marked("new", origin, listener=authority.listener))
            waiting = socket.create_connection((proxy.addresses["test"].host, proxy.addresses["test"].port))
            await proxy.commit()
            transport, _ = await asyncio.get_running_loop().create_connection(
                asyncio.Protocol, sock=waiting, ssl=authority.client(), server_hostname="localhost"
            )
            after = await proxy.connect(tls=authority.client())
            assert certificate(before.transport) == first
            assert certificate(transport) == certificate(after.transport) == authority.shown != first
            assert await mark_met(before) == await mark_met(after) == "new"
            transport.abort()


async def test_a_handshake_that_has_yet_to_begin_at_the_swap_is_the_old_doors(
    authority: Authority, tmp_path: Path
) -> None:
    async with FakeOrigin(answering()) as origin:
        text = marked("old", origin, listener=authority.listener)
        async with Proxy(text, directory=tmp_path) as proxy:
            place, first = proxy.addresses["test"], authority.shown
            accepted = socket.create_connection((place.host, place.port))
            await (await proxy.connect(tls=authority.client())).send(get())  # which was accepted later
            authority.issue()
            await proxy.reload(marked("new", origin, listener=authority.listener))
            transport, client = await asyncio.get_running_loop().create_connection(
                Wire, sock=accepted, ssl=authority.client(), server_hostname="localhost"
            )
            assert certificate(transport) == first
            assert await mark_met(client) == "new"
            client.close()


async def test_a_listener_may_begin_to_speak_tls(authority: Authority, tmp_path: Path) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin), directory=tmp_path) as proxy:
        plain = await proxy.connect()
        await proxy.reload(marked("new", origin, listener=authority.listener))
        assert await mark_met(await proxy.connect(tls=authority.client())) == "new"
        assert await mark_met(plain) == "new"
        requests, _ = complete_messages(origin.recorded)
        assert [request.get("X-Forwarded-Proto") for request in requests] == ["https", "http"]


async def test_a_unix_listener_keeps_its_path(tmp_path: Path) -> None:
    address = {"address": f"unix:{tmp_path}/socket"}
    async with FakeOrigin(answering()) as origin, Proxy(marked("old", origin, listener=address)) as proxy:
        client = await proxy.connect()
        assert await mark_met(client) == "old"
        door = proxy.serving.doors["test"]
        door.stop()
        with socket.socket(socket.AF_UNIX) as waiting:
            waiting.connect(f"{tmp_path}/socket")
            waiting.sendall(get())
            waiting.setblocking(False)
            await door.open(proxy.graph.listeners[0], None)
            assert b"X-Mark: old" in await asyncio.get_running_loop().sock_recv(waiting, 65536)
        assert await mark_met(client) == "old"


@pytest.mark.parametrize("before", ["plain", "no certificate asked for", "of another authority"])
async def test_who_was_let_in_by_a_certificate_that_counts_no_more_may_ask_only_once_more(
    before: str, authority: Authority, tmp_path: Path
) -> None:
    trusted = {name: certificates.authority(name) for name in ("former", "new")}
    for name, each in trusted.items():
        (tmp_path / f"{name}.pem").write_bytes(each.pem)
    asking = {name: {"tls": {**authority.listener["tls"], "client": {"ca": f"{name}.pem"}}} for name in trusted}
    listener = {"plain": {}, "no certificate asked for": authority.listener, "of another authority": asking["former"]}
    ada = certificates.issue(common_name="ada", by=trusted["former"]).write(tmp_path, "ada")
    bob = certificates.issue(common_name="bob", by=trusted["new"]).write(tmp_path, "bob")
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(marked("old", origin, listener=listener[before]), directory=tmp_path) as proxy,
    ):
        client = await proxy.connect(tls=None if before == "plain" else authority.client(*ada))
        assert await mark_met(client) == "old"
        await proxy.reload(marked("new", origin, listener=asking["new"]))
        await client.send(get())
        assert (await client.expect_response(200)).get("Connection") == "close"
        await client.expect_closed()
        assert await mark_met(await proxy.connect(tls=authority.client(*bob))) == "new"


async def test_who_showed_a_certificate_that_still_counts_stays(authority: Authority, tmp_path: Path) -> None:
    root = certificates.authority()
    (tmp_path / "ca.pem").write_bytes(root.pem)
    ada = certificates.issue(common_name="ada", by=root).write(tmp_path, "ada")
    listener = {"tls": {**authority.listener["tls"], "client": {"ca": "ca.pem"}}}
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(marked("old", origin, listener=listener), directory=tmp_path) as proxy,
    ):
        client = await proxy.connect(tls=authority.client(*ada))
        assert await mark_met(client) == "old"
        authority.issue()
        await proxy.reload(marked("new", origin, listener=listener))
        assert [await mark_met(client), await mark_met(client)] == ["new", "new"]
