"""The answer of a filter that turns a request away."""

from __future__ import annotations

from proxy.exchange import Exchange
from proxy.local_answer import local_answer
from proxy.messages import Response


def refuse(exchange: Exchange, by: str, status: int, reason: str, detail: str = "") -> Response:
    """Note who refused and why, and return the answer, in the dress of the route's error page for the status.

    `reason` is a fixed word for logs and metrics; `detail` is for the operator and never shown to the client.
    """
    exchange.decide(by, "refuse", reason, detail)
    return local_answer(status, exchange.id, {} if exchange.route is None else exchange.route.error_pages)
