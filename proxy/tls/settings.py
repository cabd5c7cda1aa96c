"""A listener's TLS as configured: what it shows, and what it asks of clients."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

ClientMode = Literal["require", "request"]
MinVersion = Literal["1.2", "1.3"]
UnknownNames = Literal["default", "refuse"]


@dataclass(frozen=True, slots=True)
class Certificate:
    """Paths of a PEM chain, the server's own certificate first, and of its key.

    `digest` tells what the two files hold, so that settings are equal only where the files are.
    """

    cert: str
    key: str
    digest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class ClientAuth:
    """Clients show a certificate of an authority in the PEM file `ca`; `request` lets those in that have none."""

    ca: str
    mode: ClientMode = "require"
    digest: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class TlsServer:
    """The first certificate is for names that no other covers; `refuse` turns such clients away."""

    certificates: tuple[Certificate, ...]
    client: ClientAuth | None = None
    min_version: MinVersion = "1.2"
    unknown_names: UnknownNames = "default"
