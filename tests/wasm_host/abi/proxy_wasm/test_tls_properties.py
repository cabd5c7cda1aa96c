"""What guests may ask about a connection's TLS."""

from __future__ import annotations

from urllib.parse import unquote

import pytest
from kit.asked_properties import AView, ask
from kit.exchanges import make_exchange
from kit.identities import identity

from proxy.exchange import Client
from proxy.tls.client_certificate import ClientCertificate

ADA = identity("Zoë", dns=["ada.example", "b.example"], uris=["spiffe://example/ada", "urn:second"])
OF_CERTIFICATES = (
    "uri_san_peer_certificate",
    "dns_san_peer_certificate",
    "sha256_peer_certificate_digest",
    "peer_certificate",
)


def seen(certificate: ClientCertificate | None = None, *, tls: bool = True) -> AView:
    view = AView(make_exchange())
    name, version = ("a.test", "TLSv1.3") if tls else (None, None)
    view.exchange.client = Client("192.0.2.1", 51000, "public", tls, name, tls_version=version, certificate=certificate)
    return view


def told(view: AView, name: str) -> bytes | None:
    return ask(view, "connection", name)


def test_what_a_plain_connection_has() -> None:
    view = seen(tls=False)
    assert (told(view, "mtls"), told(view, "requested_server_name"), told(view, "tls_version")) == (b"\0", b"", None)
    assert told(view, "subject_peer_certificate") is None


def test_what_a_connection_over_tls_has() -> None:
    view = seen()
    assert told(view, "mtls") == b"\0"
    assert told(view, "requested_server_name") == b"a.test"
    assert told(view, "tls_version") == b"TLSv1.3"


def test_without_a_certificate_the_subject_is_empty_and_the_rest_absent() -> None:
    view = seen()
    assert told(view, "subject_peer_certificate") == b""
    assert [told(view, name) for name in OF_CERTIFICATES] == [None] * len(OF_CERTIFICATES)


def test_a_certificate_says_who_the_client_is() -> None:
    view = seen(ADA)
    assert told(view, "mtls") == b"\1"
    assert told(view, "subject_peer_certificate") == rb"CN=Zo\C3\AB"
    assert told(view, "uri_san_peer_certificate") == b"spiffe://example/ada"
    assert told(view, "dns_san_peer_certificate") == b"ada.example"
    assert told(view, "sha256_peer_certificate_digest") == ADA.fingerprint.encode()
    pem = told(view, "peer_certificate")
    assert pem is not None
    assert unquote(pem.decode()) == ADA.pem


@pytest.mark.parametrize("name", ["uri_san_peer_certificate", "dns_san_peer_certificate"])
def test_a_name_that_a_certificate_does_not_have_is_absent(name: str) -> None:
    assert told(seen(identity("ada")), name) is None


def test_a_certificate_that_cannot_be_read_says_nothing_but_its_digest() -> None:
    view = seen(ClientCertificate(b"garbled"))
    assert told(view, "subject_peer_certificate") is None
    assert told(view, "dns_san_peer_certificate") is None
    assert told(view, "sha256_peer_certificate_digest") is not None
