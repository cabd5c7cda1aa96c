"""What is counted of handshakes, and told of certificates."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
from kit.certificates import NOW, Issued, authority, client_context, issue, shake_hands

from proxy.metrics import Registry
from proxy.tls.handshakes import Handshakes, ServerContext, failure_reason
from proxy.tls.server import server_context
from proxy.tls.settings import Certificate, ClientAuth, TlsServer
from proxy.tls.tickets import new_ticket_key


class Listener:
    """A root, a context that counts, and the books."""

    def __init__(self, directory: Path, *, asks: bool = False, refuse: bool = False) -> None:
        self.root, self.registry = authority(), Registry()
        (directory / "ca.pem").write_bytes(self.root.pem)
        self.files = issue("a.test", by=self.root, ends=NOW).write(directory, "a")
        tls = TlsServer(
            (Certificate(*self.files),),
            ClientAuth(str(directory / "ca.pem")) if asks else None,
            unknown_names="refuse" if refuse else "default",
        )
        self.context: ServerContext = server_context(tls, new_ticket_key(), Handshakes(self.registry, "public"))

    def counted(self, family: str) -> dict[tuple[str, ...], object]:
        return {tuple(labels): value for labels, value in self.registry.snapshot().get(f"tls_{family}", [])}


@pytest.fixture
def trusting() -> ssl.SSLContext:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    return client


def test_handshakes_are_counted_by_version_and_whether_they_were_resumed(
    tmp_path: Path, trusting: ssl.SSLContext
) -> None:
    listener = Listener(tmp_path)
    first, _ = shake_hands(trusting, listener.context)
    shake_hands(trusting, listener.context, session=first.session)
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    shake_hands(trusting, listener.context)
    assert listener.counted("handshakes_total") == {
        ("public", "TLSv1.3", "no"): 1,
        ("public", "TLSv1.3", "yes"): 1,
        ("public", "TLSv1.2", "no"): 1,
    }
    assert listener.counted("handshake_failures_total") == {}


def test_a_client_without_its_certificate_is_counted(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    listener = Listener(tmp_path, asks=True)
    with pytest.raises(ssl.SSLError):
        shake_hands(trusting, listener.context)
    assert listener.counted("handshake_failures_total") == {("public", "client_certificate"): 1}


def test_a_client_with_an_unknown_name_is_counted(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    listener = Listener(tmp_path, refuse=True)
    with pytest.raises(ssl.SSLError):
        shake_hands(trusting, listener.context, "other.test")
    assert listener.counted("handshake_failures_total") == {("public", "unknown_name"): 1}


def test_a_client_with_other_suites_is_counted(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    listener = Listener(tmp_path)
    trusting.maximum_version = ssl.TLSVersion.TLSv1_2
    trusting.set_ciphers("ECDHE-ECDSA-AES128-SHA")
    with pytest.raises(ssl.SSLError):
        shake_hands(trusting, listener.context)
    assert listener.counted("handshake_failures_total") == {("public", "cipher"): 1}


def received(listener: Listener, data: bytes) -> None:
    incoming = ssl.MemoryBIO()
    incoming.write(data)
    with pytest.raises(ssl.SSLError):
        listener.context.wrap_bio(incoming, ssl.MemoryBIO(), server_side=True).do_handshake()


def test_plain_http_is_counted_as_what_it_is(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    received(listener, b"GET / HTTP/1.1\r\nHost: a.test\r\n\r\n")
    received(listener, b"SSH-2.0-client\r\n")
    assert listener.counted("handshake_failures_total") == {("public", "not_tls"): 2}


def test_a_client_that_does_not_know_the_authority_is_counted(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = client_context(authority("Another")).wrap_bio(down, up, server_hostname="a.test")
    server = listener.context.wrap_bio(up, down, server_side=True)
    for end in (client, server):
        with pytest.raises(ssl.SSLWantReadError):
            end.do_handshake()
    with pytest.raises(ssl.SSLCertVerificationError):
        client.do_handshake()
    with pytest.raises(ssl.SSLError):
        server.do_handshake()
    assert listener.counted("handshake_failures_total") == {("public", "client_refused"): 1}


def test_whatever_else_goes_wrong_has_a_word_too() -> None:
    assert failure_reason(ssl.SSLError(1, "?")) == "other"


def test_the_end_of_each_certificate_is_told_once_it_serves(tmp_path: Path) -> None:
    listener = Listener(tmp_path)
    assert listener.counted("certificate_not_after_seconds") == {}
    listener.context.announce()
    told = {("public", listener.files[0]): NOW.timestamp()}
    assert listener.counted("certificate_not_after_seconds") == told


def test_certificates_that_are_shown_no_more_are_forgotten() -> None:
    registry = Registry()
    Handshakes(registry, "other").show({"a.crt": 1.0})
    Handshakes(registry, "public").show({"a.crt": 1.0, "b.crt": 2.0})
    Handshakes(registry, "public").show({"b.crt": 3.0})
    assert registry.snapshot()["tls_certificate_not_after_seconds"] == [
        (["other", "a.crt"], 1.0),
        (["public", "b.crt"], 3.0),
    ]


def test_without_books_nothing_is_counted(tmp_path: Path, trusting: ssl.SSLContext) -> None:
    issued: Issued = issue("a.test")
    context = server_context(TlsServer((Certificate(*issued.write(tmp_path, "a")),)))
    context.announce()
    shake_hands(trusting, context)
