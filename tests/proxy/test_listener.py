"""A listener's TLS."""

import asyncio
import ssl
from pathlib import Path

import pytest
import trustme

from proxy.errors import StartError
from proxy.limits import Limits
from proxy.listener import Certificate, ListenerSpec, TlsServer, serve, server_tls, service_of
from proxy.metrics import Registry
from proxy.route import Router
from proxy.sockets import open_socket
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
    server = await serve(spec, service_of(spec, Registry()), opened)
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


def test_nothing_older_is(files: tuple[str, str]) -> None:
    assert server_tls(TlsServer((Certificate(*files),))).minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_missing_certificate_is_named(files: tuple[str, str]) -> None:
    with pytest.raises(StartError, match=r"certificate /nowhere\.crt"):
        server_tls(TlsServer((Certificate("/nowhere.crt", files[1]),)))


def test_a_key_of_another_certificate_is_refused(files: tuple[str, str], tmp_path: Path) -> None:
    other = tmp_path / "other.key"
    trustme.CA().issue_cert("localhost").private_key_pem.write_to_path(other)
    with pytest.raises(StartError, match=r"other\.key"):
        server_tls(TlsServer((Certificate(files[0], str(other)),)))


def test_an_encrypted_key_is_refused_without_asking_on_the_terminal(files: tuple[str, str], tmp_path: Path) -> None:
    from cryptography.hazmat.primitives import serialization as keys

    key = keys.load_pem_private_key(Path(files[1]).read_bytes(), None)
    locked = tmp_path / "locked.key"
    locked.write_bytes(
        key.private_bytes(keys.Encoding.PEM, keys.PrivateFormat.PKCS8, keys.BestAvailableEncryption(b"secret"))
    )
    with pytest.raises(StartError, match=r"locked\.key is encrypted"):
        server_tls(TlsServer((Certificate(files[0], str(locked)),)))
