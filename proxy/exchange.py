"""One request, its response, and what was learned about it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

from proxy.cache.choice import CacheChoice
from proxy.runtime import monotonic

if TYPE_CHECKING:
    from proxy.cache.verdict import Verdict
    from proxy.firewall import Judgement
    from proxy.http1.upstream import UpstreamConnection
    from proxy.messages import Headers, Request, Response
    from proxy.route import Route
    from proxy.tls.client_certificate import ClientCertificate
    from proxy.upstream.upstream import Upstream


@dataclass(slots=True, frozen=True)
class Client:
    """Where a connection came from. `address` is the peer's, or a trusted hop's word for it; port 0 is unknown.

    What is said of TLS is the connection's, and so a trusted hop's own: the name that was asked for (SNI), the version
    and the cipher suite as OpenSSL names them, the certificate that was shown and verified.
    """

    address: str
    port: int
    listener: str
    tls: bool = False
    server_name: str | None = None
    local_address: str = ""
    local_port: int = 0
    tls_version: str | None = None
    cipher: str | None = None
    certificate: ClientCertificate | None = None


@dataclass(slots=True, frozen=True)
class Decision:
    """What a filter, the cache or the proxy decided, for logs, metrics and explanations; `reason` is a fixed word."""

    by: str
    action: str
    reason: str
    detail: str = ""


class Carrier(Protocol):
    """What brought the exchange and can pass 1xx answers on: a client's connection."""

    def send_interim(self, status: int, headers: Headers) -> None: ...


class Exchange:
    """The state of one request's way through the proxy.

    `answered_by` is `upstream`, `cache`, `proxy` or a filter's name; `reason` the fixed word that says why.
    `upstream_name` and `endpoint` say where the last attempt went. Times are on the monotonic
    clock, in seconds. `filters_run` counts the steps whose turn came at the request; `skipped`, `held` and
    `held_response` are sets of steps, a bit each: those whose condition did not hold, and those that the request's or
    the response's body stands behind already. `origin` is what a filter chose in place of the route's, and as
    plain. `carrier` passes 1xx answers on, where the client can take them; after a 101 `switched_to` is the origin's
    connection. `chosen_cache` is what filters want of the cache, None where none asked for `cache`; `cache_result` what
    it did ("" where it had no part), `cache_verdict` why. `firewall` is what a firewall found, the graver
    finding of two; None where it found nothing, or there is none.
    """

    __slots__ = (
        "_decisions",
        "_id",
        "_values",
        "answered_by",
        "attempts",
        "cache_result",
        "cache_verdict",
        "carrier",
        "chosen_cache",
        "client",
        "endpoint",
        "filters_run",
        "finished_at",
        "firewall",
        "held",
        "held_response",
        "origin",
        "reason",
        "request",
        "response",
        "route",
        "sent_bytes",
        "skipped",
        "started_at",
        "switched_to",
        "tunnelled",
        "upstream_name",
    )

    def __init__(self, request: Request, client: Client, carrier: Carrier | None = None) -> None:
        self.request = request
        self.client = client
        self.carrier = carrier
        self.started_at = self.finished_at = monotonic()
        self.response: Response | None = None
        self.route: Route | None = None
        self.origin: Upstream | None = None
        self.filters_run = 0
        self.skipped = self.held = self.held_response = 0
        self.attempts = 0
        self.sent_bytes = 0
        self.switched_to: UpstreamConnection | None = None
        self.tunnelled = False
        self.answered_by = "upstream"
        self.reason = ""
        self.endpoint: str | None = None
        self.upstream_name: str | None = None
        self._id: str | None = None
        self.chosen_cache: CacheChoice | None = None
        self.cache_result = ""
        self.cache_verdict: Verdict | None = None
        self.firewall: Judgement | None = None
        self._decisions: list[Decision] | None = None
        self._values: dict[str, Any] | None = None

    @property
    def id(self) -> str:
        """A random name for this exchange, for logs and for the client's error page; made when first asked for."""
        if self._id is None:
            self._id = secrets.token_hex(8)
        return self._id

    @property
    def values(self) -> dict[str, Any]:
        """A place for filters to keep what belongs to this exchange; use the filter's name as the key."""
        if self._values is None:
            self._values = {}
        return self._values

    @property
    def cache(self) -> CacheChoice:
        """What filters want of the cache; made when first asked for."""
        if self.chosen_cache is None:
            self.chosen_cache = CacheChoice()
        return self.chosen_cache

    def behind(self) -> Exchange:
        """Return an exchange that goes on without a client: the same request, as the filters left it, for all of it."""
        request = self.request.copy()
        if request.method == "HEAD":
            request.method, request.to_head = "GET", False
        other = Exchange(request, self.client)
        other.route, other.origin, other.chosen_cache = self.route, self.origin, self.chosen_cache
        other.filters_run, other.skipped, other._values = self.filters_run, self.skipped, self._values
        return other

    @property
    def decisions(self) -> list[Decision]:
        if self._decisions is None:
            self._decisions = []
        return self._decisions

    @property
    def decided(self) -> bool:
        """Whether anything was decided; cheaper than asking for `decisions`, which makes the list."""
        return self._decisions is not None

    def decide(self, by: str, action: str, reason: str, detail: str = "") -> None:
        self.decisions.append(Decision(by, action, reason, detail))

    def __repr__(self) -> str:
        answer = self.response.status if self.response is not None else "-"
        return f"<Exchange {self.request!r} {answer} by {self.answered_by}>"
