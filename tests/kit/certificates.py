"""Certificates of every kind, good and bad, and handshakes in memory between two contexts."""

from __future__ import annotations

import datetime
import functools
import ipaddress
import pathlib
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

NOW = datetime.datetime.now(datetime.UTC).replace(microsecond=0)
DAY = datetime.timedelta(days=1)
SERVER, CLIENT = ExtendedKeyUsageOID.SERVER_AUTH, ExtendedKeyUsageOID.CLIENT_AUTH


@functools.cache
def rsa_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    """Return the same key each time: to make one takes a while."""
    return rsa.generate_private_key(65537, bits)


@dataclass(frozen=True)
class Issued:
    """A certificate, its key, and who signed it."""

    certificate: x509.Certificate
    key: Any
    issuer: Issued | None = None

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.PEM)

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(serialization.Encoding.DER)

    @property
    def key_pem(self) -> bytes:
        return self._key_pem(serialization.NoEncryption())

    @property
    def encrypted_key_pem(self) -> bytes:
        return self._key_pem(serialization.BestAvailableEncryption(b"secret"))

    def _key_pem(self, encryption: serialization.KeySerializationEncryption) -> bytes:
        pem: bytes = self.key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, encryption)
        return pem

    def write(self, directory: pathlib.Path, stem: str, *chain: Issued) -> tuple[str, str]:
        """Write `stem.crt`, with the chain behind it, and `stem.key`; return their paths."""
        cert, key = directory / f"{stem}.crt", directory / f"{stem}.key"
        cert.write_bytes(b"".join(each.pem for each in (self, *chain)))
        key.write_bytes(self.key_pem)
        return str(cert), str(key)


def issue(
    *names: str,
    by: Issued | None = None,
    key: Any = None,
    common_name: str | None = None,
    begins: datetime.datetime = NOW - DAY,
    ends: datetime.datetime = NOW + 90 * DAY,
    authority: bool = False,
    usages: Sequence[x509.ObjectIdentifier] = (),
    others: Sequence[x509.GeneralName] = (),
) -> Issued:
    """Issue a certificate for DNS names and addresses, signed by itself or by another."""
    key = key or ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, common_name or (names[0] if names else "nobody"))])
    builder = x509.CertificateBuilder(
        subject if by is None else by.certificate.subject,
        subject,
        key.public_key(),
        x509.random_serial_number(),
        begins,
        ends,
    ).add_extension(x509.BasicConstraints(authority, None), critical=True)
    if names or others:
        builder = builder.add_extension(x509.SubjectAlternativeName([*map(_name, names), *others]), critical=False)
    if usages:
        builder = builder.add_extension(x509.ExtendedKeyUsage(usages), critical=False)
    return Issued(builder.sign(by.key if by is not None else key, hashes.SHA256()), key, by)


def _name(text: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(text))
    except ValueError:
        return x509.DNSName(text)


def authority(name: str = "Tests' authority", *, by: Issued | None = None, **how: Any) -> Issued:
    return issue(common_name=name, by=by, authority=True, **how)


def client_context(*trusted: Issued) -> ssl.SSLContext:
    """Make a client that trusts these alone."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for each in trusted:
        context.load_verify_locations(cadata=each.pem.decode())
    return context


def shake_hands(
    client: ssl.SSLContext,
    server: ssl.SSLContext,
    name: str | None = None,
    session: ssl.SSLSession | None = None,
) -> tuple[ssl.SSLObject, ssl.SSLObject]:
    """Return the client's and the server's end of a connection in memory; raises either's SSLError."""
    up, down = ssl.MemoryBIO(), ssl.MemoryBIO()
    ends = (
        client.wrap_bio(down, up, server_hostname=name, session=session),
        server.wrap_bio(up, down, server_side=True),
    )
    agreed = dict.fromkeys(ends, False)
    for _ in range(8):
        for end in ends:
            agreed[end] = agreed[end] or _agrees(end)
    assert all(agreed.values()), "no end to this handshake"
    ends[1].write(b"hello")
    assert ends[0].read(5) == b"hello"  # TLS 1.3 sends its tickets after the handshake, before data.
    return ends


def _agrees(end: ssl.SSLObject) -> bool:
    try:
        end.do_handshake()
    except ssl.SSLWantReadError:
        return False
    return True


def shown(client: ssl.SSLObject) -> bytes:
    """Return the certificate that the server has shown, in DER."""
    der = client.getpeercert(binary_form=True)
    assert der is not None
    return der
