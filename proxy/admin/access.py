"""Who may do what at the admin: tokens and certificates, and the role that each brings.

Without either everybody who gets there may do all of it, so then it may only be where this machine alone gets.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from typing import Any, Final, Literal, TypeAlias

from proxy.upstream.address import Address

Role: TypeAlias = Literal["read", "write"]
By: TypeAlias = Literal["loopback", "token", "certificate", "nobody"]
PeerCertificate: TypeAlias = Mapping[str, Any]
"""As `ssl.SSLSocket.getpeercert` returns it."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Somebody, and what tells so; `role` is None for somebody unknown."""

    name: str
    by: By
    role: Role | None = None

    def may(self, role: Role) -> bool:
        """Tell whether the caller's role covers another; who may write may read."""
        return self.role == "write" or self.role == role


NOBODY: Final = Caller("", "nobody")
LOCAL: Final = Caller("loopback", "loopback", "write")


@dataclass(frozen=True, slots=True)
class Token:
    """A bearer token, of which only the digest is kept."""

    name: str
    role: Role
    digest: bytes = field(repr=False)

    @classmethod
    def of(cls, name: str, secret: str, role: Role) -> Token:
        return cls(name, role, _digest(secret))


@dataclass(frozen=True, slots=True)
class CertificateRole:
    """The role of certificates of whose names one fits; `*` in `pattern` stands for any characters.

    Alternative names (RFC 5280 §4.2.1.6) are `san`, the subject's common name is `cn`.
    """

    kind: Literal["san", "cn"]
    pattern: str
    role: Role

    def name_in(self, certificate: PeerCertificate) -> str | None:
        """Return the name that fits. Letters' case counts, but not in names of hosts (RFC 4343)."""
        names = _alternative_names(certificate) if self.kind == "san" else _common_names(certificate)
        for kind, name in names:
            flags = re.DOTALL | (re.IGNORECASE if kind == "DNS" else 0)
            if re.fullmatch(".*".join(map(re.escape, self.pattern.split("*"))), name, flags):
                return name
        return None


@dataclass(frozen=True, slots=True)
class Access:
    """`hosts` are names, in lower case, by which the admin may be called. `insecure`: tokens may travel in clear."""

    tokens: tuple[Token, ...] = ()
    certificates: tuple[CertificateRole, ...] = ()
    hosts: frozenset[str] = frozenset()
    insecure: bool = False

    @property
    def is_open(self) -> bool:
        """Whether nobody need say who they are."""
        return not self.tokens and not self.certificates

    def by_token(self, secret: str) -> Caller:
        """Return whose token it is; takes as long whether it is the first, the last or none."""
        given, found = _digest(secret), NOBODY
        for token in self.tokens:
            if hmac.compare_digest(given, token.digest):
                found = Caller(token.name, "token", token.role)
        return found

    def by_certificate(self, certificate: PeerCertificate | None) -> Caller:
        """Return who is named in a certificate that the handshake has verified, by the first role that fits."""
        for each in self.certificates:
            if certificate and (name := each.name_in(certificate)) is not None:
                return Caller(name, "certificate", each.role)
        return NOBODY


OPEN: Final = Access()


def why_unsafe(address: Address, access: Access, *, tls: bool) -> str | None:
    """Say why the admin must not be there with so little protection, or None."""
    if is_local(address):
        return None
    if access.is_open:
        return (
            f"{address} is not a loopback address, and whoever reaches the admin may do all of it: give it tokens or "
            "tls.client, or use 127.0.0.1, [::1], localhost or unix:/path"
        )
    if not tls and not access.insecure:
        return (
            f"{address} is not a loopback address, and without tls everybody on the way reads the tokens: give it "
            "tls, or write insecure: true where the network is trusted"
        )
    return None


def is_local(address: Address) -> bool:
    """Tell whether only this machine gets to an address."""
    if address.path is not None or address.host == "localhost":
        return True
    return address.is_ip and ip_address(address.host).is_loopback


def _digest(secret: str) -> bytes:
    return hashlib.sha256(secret.encode("utf-8", "surrogateescape")).digest()


def _alternative_names(certificate: PeerCertificate) -> Iterator[tuple[str, str]]:
    return ((kind, name) for kind, name in certificate.get("subjectAltName", ()) if isinstance(name, str))


def _common_names(certificate: PeerCertificate) -> Iterator[tuple[str, str]]:
    for attributes in certificate.get("subject", ()):
        yield from ((kind, name) for kind, name in attributes if kind == "commonName")
