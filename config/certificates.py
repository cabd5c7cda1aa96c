"""Judges certificates, each by itself: its dates, its key, its signature, and what it may be used for.

The library is loaded only where certificates are configured, for it takes 10 MB.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from typing import Final, Literal

from cryptography import x509
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import dsa, ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from config.findings import Finding, error_by_date, warning
from proxy.tls.garbled import garbled_is_value_error
from proxy.tls.leaf import dns_names

SOON: Final = timedelta(days=14)
SMALLEST_RSA_BITS: Final = 2048
SMALLEST_EC_BITS: Final = 224
"""NIST SP 800-131A: what gives 112 bits of strength."""

_BROKEN_HASHES: Final = frozenset({"md5", "sha1"})
_PURPOSES: Final = {
    "server": (ExtendedKeyUsageOID.SERVER_AUTH, "servers (extended key usage serverAuth)"),
    "client": (ExtendedKeyUsageOID.CLIENT_AUTH, "clients (extended key usage clientAuth)"),
}
Purpose = Literal["server", "client"]


def parse_certificates(content: bytes) -> list[x509.Certificate]:
    """Return the certificates of a PEM file in its order; raises ValueError where there is none, or one is garbled."""
    with garbled_is_value_error():
        found = x509.load_pem_x509_certificates(content)
        for each in found:
            _ = each.extensions  # They are read when first asked for, and may be garbled, too.
    return found


def label(certificate: x509.Certificate) -> str:
    """Name a certificate as its owner would: by its common name, or its first DNS name."""
    found = certificate.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else next(iter(dns_names(certificate)), _spelled(certificate.subject))


def issuer_label(certificate: x509.Certificate) -> str:
    found = certificate.issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else _spelled(certificate.issuer)


def _spelled(name: x509.Name) -> str:
    return name.rfc4514_string() or "(no name)"


def is_authority(certificate: x509.Certificate) -> bool:
    try:
        return certificate.extensions.get_extension_for_class(x509.BasicConstraints).value.ca
    except x509.ExtensionNotFound:
        return False


def has_issued(issuer: x509.Certificate, certificate: x509.Certificate) -> bool:
    try:
        certificate.verify_directly_issued_by(issuer)
    except (ValueError, TypeError, InvalidSignature, UnsupportedAlgorithm):
        return False
    return True


def is_self_signed(certificate: x509.Certificate) -> bool:
    return certificate.subject == certificate.issuer and has_issued(certificate, certificate)


def chain_members(file: str, chain: Sequence[x509.Certificate], now: datetime) -> Iterator[Finding]:
    """Judge every certificate of a chain that its peers judge; they have roots of their own."""
    for place, certificate in enumerate(chain):
        if place and is_self_signed(certificate):
            continue
        yield from validity(file, certificate, now)
        yield from _strength(file, certificate)


def validity(file: str, certificate: x509.Certificate, now: datetime) -> Iterator[Finding]:
    begins, ends = certificate.not_valid_before_utc, certificate.not_valid_after_utc
    what = f"{file}: the certificate of {label(certificate)}"
    if ends <= now:
        yield error_by_date(f"{what} expired on {_moment(ends)}; renew it")
    elif begins > now:
        yield error_by_date(
            f"{what} is not valid before {_moment(begins)}; look at this machine's clock, or take another"
        )
    elif ends - now < SOON:
        yield warning(f"{what} expires on {_moment(ends)}; renew it in time")


def _moment(time: datetime) -> str:
    return time.strftime("%Y-%m-%d %H:%M UTC")


def _strength(file: str, certificate: x509.Certificate) -> Iterator[Finding]:
    what = f"{file}: the certificate of {label(certificate)}"
    weakness = _weakness(certificate)
    if weakness is not None:
        yield Finding(f"{what} has {weakness}; make a key anew, RSA of 2048 bits or more, or P-256")
    broken = _broken_hash(certificate)
    if broken is not None and not is_self_signed(certificate):
        yield Finding(f"{what} is signed with {broken}, which clients refuse; have it signed with SHA-256")


def _weakness(certificate: x509.Certificate) -> str | None:
    key = certificate.public_key()
    if isinstance(key, rsa.RSAPublicKey) and key.key_size < SMALLEST_RSA_BITS:
        return f"an RSA key of only {key.key_size} bits"
    if isinstance(key, ec.EllipticCurvePublicKey) and key.key_size < SMALLEST_EC_BITS:
        return f"a key on a curve of only {key.key_size} bits"
    return "a DSA key, which TLS knows no more" if isinstance(key, dsa.DSAPublicKey) else None


def _broken_hash(certificate: x509.Certificate) -> str | None:
    try:
        algorithm = certificate.signature_hash_algorithm
    except UnsupportedAlgorithm:
        return None
    return algorithm.name.upper() if algorithm is not None and algorithm.name in _BROKEN_HASHES else None


def leaf_use(file: str, leaf: x509.Certificate, purpose: Purpose) -> Iterator[Finding]:
    """Judge whether a certificate may be used as a server's or a client's own."""
    usage, whom = _PURPOSES[purpose]
    if is_authority(leaf):
        message = f"{file}: the first certificate, of {label(leaf)}, is an authority's"
        if is_self_signed(leaf):  # As `openssl req -x509` makes them.
            yield warning(f"{message}, and some clients take none such; make one with basicConstraints=CA:FALSE")
        else:
            yield Finding(f"{message}; put the {purpose}'s own certificate first")
    try:
        allowed = leaf.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value
    except x509.ExtensionNotFound:
        allowed = None
    if allowed is not None and usage not in allowed and ExtendedKeyUsageOID.ANY_EXTENDED_KEY_USAGE not in allowed:
        yield Finding(f"{file}: the certificate of {label(leaf)} is not for {whom}; get one that is")
    if purpose == "server" and not alternative_names(leaf):
        yield warning(
            f"{file}: the certificate of {label(leaf)} has no subjectAltName, and clients look at no other name"
        )


def names_shown(content: bytes) -> list[str]:
    """Return the names that the first certificate of a PEM file is for; none where it holds none."""
    try:
        return alternative_names(parse_certificates(content)[0])
    except ValueError:
        return []


def alternative_names(leaf: x509.Certificate) -> list[str]:
    """Return the DNS names and addresses that clients may know a server by."""
    try:
        names = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
    except x509.ExtensionNotFound:
        return []
    return [*dns_names(leaf), *map(str, names.get_values_for_type(x509.IPAddress))]
