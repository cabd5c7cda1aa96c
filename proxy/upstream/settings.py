"""How an upstream is spoken to: what the configuration says, as values."""

from __future__ import annotations

import ssl
from dataclasses import dataclass, field
from typing import Final, Literal

from proxy.errors import StartError
from proxy.tls.pair import load_pair

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
    """HTTPS to the endpoints. `ca` is a PEM file in place of the system's roots; `server_name` overrides SNI.

    `cert` and `key`, both or neither, are PEM files that say who we are. `digest` tells what the files hold, so that
    settings are equal only where the files are.
    """

    ca: str | None = None
    server_name: str | None = None
    verify: bool = True
    cert: str | None = None
    key: str | None = None
    digest: str = field(default="", repr=False)

    def context(self) -> ssl.SSLContext:
        """Make the client's context; raises StartError for unreadable files."""
        try:
            context = ssl.create_default_context(cafile=self.ca)
        except (OSError, ssl.SSLError) as error:
            raise StartError(f"CA file {self.ca}: {error}") from error
        context.minimum_version = ssl.TLSVersion.TLSv1_2
        context.set_alpn_protocols(["http/1.1"])
        # As Python 3.13 has it, any certificate in `ca` may be trusted by itself, and as before it, one that RFC 5280
        # would have carry more, such as an authority key identifier, is no reason to leave an origin.
        context.verify_flags = (context.verify_flags | ssl.VERIFY_X509_PARTIAL_CHAIN) & ~ssl.VERIFY_X509_STRICT
        if not self.verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if self.cert is not None and self.key is not None:
            load_pair(context, self.cert, self.key)
        return context
