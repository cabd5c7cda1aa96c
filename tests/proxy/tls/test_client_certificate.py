"""Who a client is by its certificate."""

from __future__ import annotations

import datetime
import hashlib
import ssl

import pytest
from cryptography import x509
from kit.certificates import DAY, NOW, authority, issue

from proxy.exchange import Client
from proxy.tls.client_certificate import ClientCertificate, known_by_tls

ROOT = authority()


def test_it_says_who_somebody_is() -> None:
    issued = issue(
        "ada.test",
        "*.ada.test",
        by=ROOT,
        common_name="ada",
        ends=NOW + 7 * DAY,
        others=[
            x509.UniformResourceIdentifier("spiffe://example/ada"),
            x509.RFC822Name("ada@ada.test"),
        ],
    )
    ada = ClientCertificate(issued.der)
    assert (ada.subject, ada.issuer, ada.common_name) == ("CN=ada", "CN=Tests' authority", "ada")
    assert ada.dns_names == ("ada.test", "*.ada.test")
    assert (ada.uris, ada.emails) == (("spiffe://example/ada",), ("ada@ada.test",))
    assert ada.serial == f"{issued.certificate.serial_number:x}"
    assert ada.fingerprint == hashlib.sha256(issued.der).hexdigest()
    assert (ada.not_before, ada.not_after) == (NOW - DAY, NOW + 7 * DAY)
    assert ada.not_after.tzinfo == datetime.UTC
    assert ssl.PEM_cert_to_DER_cert(ada.pem) == issued.der


def test_what_it_does_not_say_is_nothing() -> None:
    bare = ClientCertificate(issue(common_name="bare", by=ROOT).der)
    assert (bare.dns_names, bare.uris, bare.emails) == ((), (), ())


def test_it_is_read_once_and_not_before_somebody_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[bytes] = []
    load = x509.load_der_x509_certificate
    monkeypatch.setattr(x509, "load_der_x509_certificate", lambda der: read.append(der) or load(der))
    ada = ClientCertificate(issue("ada.test", by=ROOT).der)
    assert ada.fingerprint
    assert read == []
    assert (ada.subject, ada.common_name, ada.dns_names) == ("CN=ada.test", "ada.test", ("ada.test",))
    assert read == [ada.der]


def test_it_is_equal_to_itself_met_again() -> None:
    der = issue("ada.test", by=ROOT).der
    assert ClientCertificate(der) == ClientCertificate(der)
    assert hash(ClientCertificate(der)) == hash(ClientCertificate(der))


def test_one_that_is_garbled_raises_when_it_is_asked() -> None:
    with pytest.raises(ValueError, match="pars"):
        _ = ClientCertificate(b"garbled").subject


def test_a_connection_without_a_handshake_tells_nothing() -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    end = context.wrap_bio(ssl.MemoryBIO(), ssl.MemoryBIO(), server_side=True)
    monkey = Client("127.0.0.1", 1, "public", tls=True)
    with pytest.raises(ValueError, match="handshake not done"):
        known_by_tls(monkey, end)
