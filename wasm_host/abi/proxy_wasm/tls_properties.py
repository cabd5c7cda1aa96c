"""The properties that tell of a connection's TLS and of the certificate that its client showed.

Names, types and what is absent when are Envoy's ("Attributes", source/extensions/filters/common/expr/context.cc).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Final
from urllib.parse import quote

from proxy.tls.client_certificate import ClientCertificate
from proxy.tls.subject import printable
from wasm_host.abi.proxy_wasm.property_encoding import FALSE, TRUE, Reader, View, text


def _of_certificate(read: Callable[[ClientCertificate], str | None]) -> Reader:
    """Return a reader of what a certificate says, absent where none was shown, it doesn't say so, or is garbled."""

    def reader(view: View) -> bytes | None:
        certificate = view.exchange.client.certificate
        try:
            value = None if certificate is None else read(certificate)
        except ValueError:
            return None
        return None if value is None else text(value)

    return reader


def _first(names: tuple[str, ...]) -> str | None:
    return names[0] if names else None


def _mtls(view: View) -> bytes:
    return FALSE if view.exchange.client.certificate is None else TRUE


def _tls_version(view: View) -> bytes | None:
    version = view.exchange.client.tls_version
    return None if version is None else text(version)


_subject_of_certificate = _of_certificate(lambda certificate: printable(certificate.subject))


def _subject(view: View) -> bytes | None:
    """Return the subject, empty where the client speaks TLS and showed none."""
    client = view.exchange.client
    return b"" if client.tls and client.certificate is None else _subject_of_certificate(view)


OF_TLS: Final[Mapping[str, Reader]] = {
    "mtls": _mtls,
    "requested_server_name": lambda view: text(view.exchange.client.server_name or ""),
    "tls_version": _tls_version,
    "subject_peer_certificate": _subject,
    "uri_san_peer_certificate": _of_certificate(lambda certificate: _first(certificate.uris)),
    "dns_san_peer_certificate": _of_certificate(lambda certificate: _first(certificate.dns_names)),
    "sha256_peer_certificate_digest": _of_certificate(lambda certificate: certificate.fingerprint),
    "peer_certificate": _of_certificate(lambda certificate: quote(certificate.pem, safe="")),
}
