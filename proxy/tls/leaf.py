"""Reads what a server's own certificate says. Imported only where there is TLS: the library takes 10 MB."""

from __future__ import annotations

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec, ed448, ed25519, rsa

from proxy.errors import StartError
from proxy.tls.garbled import garbled_is_value_error
from proxy.tls.names import Leaf

_KINDS = {
    rsa.RSAPublicKey: "RSA",
    ec.EllipticCurvePublicKey: "EC",
    ed25519.Ed25519PublicKey: "Ed25519",
    ed448.Ed448PublicKey: "Ed448",
}


def read_leaf(path: str) -> Leaf:
    """Read the first certificate of a PEM file; raises StartError."""
    try:
        with open(path, "rb") as file, garbled_is_value_error():
            return leaf_of(x509.load_pem_x509_certificate(file.read()))
    except (OSError, ValueError) as error:
        raise StartError(f"certificate {path}: {error}") from error


def leaf_of(certificate: x509.Certificate) -> Leaf:
    return Leaf(frozenset(dns_names(certificate)), kind_of(certificate), certificate.not_valid_after_utc.timestamp())


def dns_names(certificate: x509.Certificate) -> list[str]:
    """Return the names of the subjectAltName, in lower case; the common name counts no more (RFC 9525 §2)."""
    try:
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [name.lower() for name in names.get_values_for_type(x509.DNSName)]


def kind_of(certificate: x509.Certificate) -> str:
    key = certificate.public_key()
    return next((kind for each, kind in _KINDS.items() if isinstance(key, each)), type(key).__name__)
