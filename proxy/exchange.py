"""One request, its response, and what was learned about it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from proxy.runtime import monotonic

if TYPE_CHECKING:
    from proxy.messages import Request, Response
    from proxy.route import Route


@dataclass(slots=True, frozen=True)
class Client:
    """Where a connection came from. `address` is the peer's, or a trusted hop's word for it; port 0 is unknown."""

    address: str
    port: int
    listener: str
    tls: bool = False
    server_name: str | None = None
    local_address: str = ""
    local_port: int = 0


@dataclass(slots=True, frozen=True)
class Decision:
    """What a filter, the cache or the proxy decided, for logs, metrics and explanations; `reason` is a fixed word."""

    by: str
    action: str
    reason: str
    detail: str = ""


class Exchange:
    """The state of one request's way through the proxy.

    `answered_by` is `upstream`, `cache`, `proxy` or a filter's name; `reason` the fixed word that says why.
    `upstream_name` may be set by a filter to choose another upstream than the route's. Times are on the monotonic
    clock, in seconds.
    """

    __slots__ = (
        "_decisions",
        "_id",
        "_values",
        "answered_by",
        "attempts",
        "client",
        "endpoint",
        "filters_run",
        "finished_at",
        "reason",
        "request",
        "response",
        "route",
        "sent_bytes",
        "started_at",
        "upstream_name",
    )

    def __init__(self, request: Request, client: Client) -> None:
        self.request = request
        self.client = client
        self.started_at = monotonic()
        self.response: Response | None = None
        self.route: Route | None = None
        self.filters_run = 0
        self.attempts = 0
        self.sent_bytes = 0
        self.answered_by = "upstream"
        self.reason = ""
        self.endpoint: str | None = None
        self.upstream_name: str | None = None
        self._id: str | None = None
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
    def decisions(self) -> list[Decision]:
        if self._decisions is None:
            self._decisions = []
        return self._decisions

    def decide(self, by: str, action: str, reason: str, detail: str = "") -> None:
        self.decisions.append(Decision(by, action, reason, detail))

    def __repr__(self) -> str:
        answer = self.response.status if self.response is not None else "-"
        return f"<Exchange {self.request!r} {answer} by {self.answered_by}>"
