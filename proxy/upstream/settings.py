"""How an upstream is spoken to: what the configuration says, as values."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

from proxy.errors import StartError

Balance = Literal["round_robin", "least_requests", "hash"]
RETRY_REASONS: Final = frozenset({"connect", "reset"})


@dataclass(frozen=True, slots=True)
class EndpointSpec:
    """`address` is `host:port`, `[v6]:port` or `unix:/path`."""

    address: str
    weight: int = 1


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds. `first_byte_s` runs from the request's last byte, `idle_s` between two pieces either way."""

    connect_s: float = 1.0
    first_byte_s: float = 10.0
    idle_s: float = 30.0


@dataclass(frozen=True, slots=True)
class Retries:
    """`attempts` counts the first; `on` holds `connect` (nothing was sent) and `reset` (no whole head came back)."""

    attempts: int = 2
    on: frozenset[str] = field(default=RETRY_REASONS)


@dataclass(frozen=True, slots=True)
class HashOn:
    """What keeps a client on one endpoint; `name` is the header's or cookie's."""

    kind: Literal["header", "cookie", "client"]
    name: str = ""


@dataclass(frozen=True, slots=True)
class TlsClient:
    """HTTPS to the endpoints. `ca` is a PEM file in place of the system's roots; `server_name` overrides SNI."""

    ca: str | None = None
    server_name: str | None = None
    verify: bool = True

    def context(self) -> ssl.SSLContext:
        """Make the client's context; raises StartError for an unreadable CA file."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise StartError(f"CA file {self.ca}: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context
