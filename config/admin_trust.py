"""Whom the command line believes to be the admin, and how it says who it is itself."""

from __future__ import annotations

import pathlib
import re
import ssl
from dataclasses import dataclass

import click

_FIRST = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Trust:
    """`ca` is in place of the system's authorities, `cert` and `key` are shown to the admin: PEM files all.

    Where `shown` is given, the admin must show one of these certificates, whatever it is called by.
    """

    ca: pathlib.Path | None = None
    cert: pathlib.Path | None = None
    key: pathlib.Path | None = None
    shown: tuple[pathlib.Path, ...] = ()

    def context(self) -> ssl.SSLContext:
        """Make the client's context; raises BadParameter for files that cannot be used."""
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
        try:
            if self.shown:
                self._pin(context)
            elif self.ca is not None:
                context.load_verify_locations(self.ca)
            else:
                context.load_default_certs()
        except (OSError, ValueError) as error:
            raise click.BadParameter(f"cannot be read: {error}", param_hint="-c" if self.shown else "--ca") from error
        if self.cert is not None:
            self._show(context, self.cert)
        return context

    def _pin(self, context: ssl.SSLContext) -> None:
        """Trust the first certificate of each file, and none that the others behind it would vouch for."""
        context.check_hostname = False
        context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
        for file in self.shown:
            found = _FIRST.search(file.read_text())
            if found is None:
                raise ValueError(f"{file} holds no certificate in PEM")
            context.load_verify_locations(cadata=found[0])

    def _show(self, context: ssl.SSLContext, cert: pathlib.Path) -> None:
        try:
            context.load_cert_chain(cert, self.key)
        except (OSError, ValueError) as error:
            raise click.BadParameter(f"cannot be used with --key: {error}", param_hint="--cert") from error


ANYBODY = Trust()
