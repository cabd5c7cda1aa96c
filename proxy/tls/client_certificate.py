"""Who a client is by its certificate, which the handshake has verified."""

from __future__ import annotations

import hashlib
import ssl
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from cryptography import x509

    from proxy.exchange import Client


@dataclass(frozen=True)
class ClientCertificate:
    """Made once for a connection; what it says is read when first asked for, and raises ValueError if it is garbled.

    Texts are as the authority signed them: who writes them elsewhere looks to what they may hold.
    """

    der: bytes

    @cached_property
    def fingerprint(self) -> str:
        """The SHA-256 of the DER, in lower-case hexadecimal."""
        return hashlib.sha256(self.der).hexdigest()

    @cached_property
    def pem(self) -> str:
        return ssl.DER_cert_to_PEM_cert(self.der)

    @cached_property
    def subject(self) -> str:
        """The subject as RFC 4514 writes it, such as `CN=ada,O=Example`."""
        return self._parsed.subject.rfc4514_string()

    @cached_property
    def issuer(self) -> str:
        return self._parsed.issuer.rfc4514_string()

    @cached_property
    def common_name(self) -> str | None:
        from cryptography.x509.oid import NameOID

        found = self._parsed.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
        return str(found[0].value) if found else None

    @cached_property
    def serial(self) -> str:
        """The serial number in lower-case hexadecimal."""
        return f"{self._parsed.serial_number:x}"

    @cached_property
    def not_before(self) -> datetime:
        return self._parsed.not_valid_before_utc

    @cached_property
    def not_after(self) -> datetime:
        return self._parsed.not_valid_after_utc

    @property
    def dns_names(self) -> tuple[str, ...]:
        return self._alternative_names[0]

    @property
    def uris(self) -> tuple[str, ...]:
        """URIs, such as a SPIFFE identity."""
        return self._alternative_names[1]

    @property
    def emails(self) -> tuple[str, ...]:
        return self._alternative_names[2]

    @cached_property
    def _alternative_names(self) -> tuple[tuple[str, ...], tuple[str, ...], tuple[str, ...]]:
        from cryptography import x509

        from proxy.tls.garbled import garbled_is_value_error

        try:
            with garbled_is_value_error():
                names = self._parsed.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        except x509.ExtensionNotFound:
            return (), (), ()
        kinds = (x509.DNSName, x509.UniformResourceIdentifier, x509.RFC822Name)
        dns_names, uris, emails = (tuple(names.get_values_for_type(kind)) for kind in kinds)
        return dns_names, uris, emails

    @cached_property
    def _parsed(self) -> x509.Certificate:
        # Here, so that workers that nobody asks don't load a library of 10 MB.
        from cryptography import x509

        from proxy.tls.garbled import garbled_is_value_error

        with garbled_is_value_error():
            return x509.load_der_x509_certificate(self.der)


def known_by_tls(client: Client, connection: ssl.SSLObject) -> Client:
    """Return a client with what the handshake on its connection has told of it."""
    der = connection.getpeercert(binary_form=True)
    suite = connection.cipher()
    return replace(
        client,
        server_name=getattr(connection, "server_name", None),  # Python's own SSLObject doesn't keep it.
        tls_version=connection.version(),
        cipher=None if suite is None else suite[0],
        certificate=None if der is None else ClientCertificate(der),
    )
