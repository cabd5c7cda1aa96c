"""A listener's TLS."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from proxy.limits import Limits
from proxy.listener import ListenerSpec, serve, service_of, tls_context
from proxy.metrics import Registry
from proxy.route import Router
from proxy.sockets import open_socket
from proxy.tls.settings import Certificate, TlsServer
from proxy.upstream.address import Address


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    made = trustme.CA().issue_cert("localhost")
    cert, key = tmp_path / "s.crt", tmp_path / "s.key"
    made.private_key_pem.write_to_path(key)
    cert.write_bytes(b"".join(blob.bytes() for blob in made.cert_chain_pems))
    return str(cert), str(key)


async def shake_hands(files: tuple[str, str], client: ssl.SSLContext) -> ssl.SSLObject:
    """Connect to a TLS listener without routes; returns what was agreed upon, once it has answered."""
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    spec = ListenerSpec("tls", "", Limits(), Router([]), tls=TlsServer((Certificate(*files),)))
    opened = open_socket(Address.parse("127.0.0.1:0"))
    registry = Registry()
    server = await serve(spec, service_of(spec, registry), opened, tls_context(spec, registry))
    reader, writer = await asyncio.open_connection(*opened.getsockname(), ssl=client)
    writer.write(b"GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n")
    assert (await reader.read()).startswith(b"HTTP/1.1 404")
    agreed: ssl.SSLObject = writer.get_extra_info("ssl_object")
    writer.close()
    server.close()
    return agreed


async def test_a_tls_listener_answers_and_agrees_on_http_1_1(files: tuple[str, str]) -> None:
    client = ssl.create_default_context()
    client.set_alpn_protocols(["h2", "http/1.1"])
    agreed = await shake_hands(files, client)
    assert (agreed.selected_alpn_protocol(), agreed.version()) == ("http/1.1", "TLSv1.3")


async def test_tls_1_2_is_still_spoken(files: tuple[str, str]) -> None:
    client = ssl.create_default_context()
    client.maximum_version = ssl.TLSVersion.TLSv1_2
    assert (await shake_hands(files, client)).version() == "TLSv1.2"


async def test_a_listener_tells_of_its_handshakes_and_how_long_its_certificate_lasts(files: tuple[str, str]) -> None:
    registry = Registry()
    spec = ListenerSpec("tls", "", Limits(), Router([]), tls=TlsServer((Certificate(*files),)))
    opened = open_socket(Address.parse("127.0.0.1:0"))
    server = await serve(spec, service_of(spec, registry), opened, tls_context(spec, registry))
    client = ssl.create_default_context()
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    reader, writer = await asyncio.open_connection(*opened.getsockname(), ssl=client)
    writer.write(b"GET / HTTP/1.1\r\nHost: example.test\r\nConnection: close\r\n\r\n")
    await reader.read()
    assert registry.snapshot()["tls_handshakes_total"] == [(["tls", "TLSv1.3", "no"], 1)]
    [(labels, ends)] = registry.snapshot()["tls_certificate_not_after_seconds"]
    assert labels == ["tls", files[0]]
    assert isinstance(ends, float)
    assert ends > 0
    writer.close()
    server.close()


def test_a_listener_without_tls_has_no_context() -> None:
    assert tls_context(ListenerSpec("plain", "", Limits(), Router([])), Registry()) is None
