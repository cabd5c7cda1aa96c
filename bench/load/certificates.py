"""Certificates for the load's listeners, of an authority of its own, renewed as often as wanted."""

from __future__ import annotations

import os
import ssl
from pathlib import Path
from typing import Final

import trustme
from cryptography import x509

from bench.load.connection import Resuming

NAMES: Final = ("localhost", "site.test")


class Authority:
    """Keeps `server.crt` and `server.key`, the clients' `client.pem`, and `ca.pem` in a directory.

    `serial` is that of the newest certificate.
    """

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._ca = trustme.CA()
        self._ca.cert_pem.write_to_path(directory / "ca.pem")
        client = self._ca.issue_cert("client@site.test", common_name="load")
        client.private_key_and_cert_chain_pem.write_to_path(directory / "client.pem")
        self.renew()

    def renew(self) -> None:
        """Issue another certificate; each file is replaced in one step, the key first."""
        issued = self._ca.issue_cert(*NAMES)
        chain = b"".join(blob.bytes() for blob in [*issued.cert_chain_pems, self._ca.cert_pem])
        self.serial = x509.load_pem_x509_certificate(chain).serial_number
        for name, content in (("server.key", issued.private_key_pem.bytes()), ("server.crt", chain)):
            (self._directory / f"{name}.new").write_bytes(content)
            os.replace(self._directory / f"{name}.new", self._directory / name)

    def trusting(self, *, resuming: bool = False, known: bool = False) -> ssl.SSLContext:
        """Make a client's context that trusts the authority; `known` shows its own certificate, too."""
        context = (Resuming if resuming else ssl.SSLContext)(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(self._directory / "ca.pem")
        if known:
            context.load_cert_chain(self._directory / "client.pem")
        return context
