"""The contract between a chain and its filters.

Subclass Filter and override the hooks you need, each as `def` or `async def`; a chain looks once which are
overridden, and pays nothing for the others. Pausing is awaiting. A `def` that pauses now and then may return an
awaitable in place of its result; that may wait for Waiters and futures only, for it runs without a Task.
"""

from __future__ import annotations

from collections.abc import Awaitable
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from proxy.exchange import Exchange
    from proxy.messages import Response


class Hold:
    """The type of HOLD."""

    def __repr__(self) -> str:
        return "HOLD"


HOLD: Final = Hold()
"""Returned by `on_request` or `on_response`: nothing further runs until this filter's body hook has let bytes go, or
has seen the last of them. A hook holds bytes back by returning none; one that wants to see the whole body at once asks
for it by `whole_request_body` or `whole_response_body`. Where there is no body, the hook sees an empty one."""

Answer: TypeAlias = "Response | Hold | None"

HOOKS: Final = (
    "on_request",
    "on_request_body",
    "on_upstream_request",
    "on_upstream_response",
    "on_response",
    "on_response_body",
    "on_complete",
)


class Filter:
    """One step of a chain. One object serves every exchange of a route, so state per exchange goes on the exchange.

    `whole_request_body` and `whole_response_body` ask for bodies in one piece, up to that many bytes; a larger
    request is answered 413, a larger response 502.
    """

    name: str = "filter"
    whole_request_body: int | None = None
    whole_response_body: int | None = None

    def hooks(self) -> frozenset[str]:
        """Return the names of the hooks to call: those that the class overrides."""
        return frozenset(name for name in HOOKS if getattr(type(self), name) is not getattr(Filter, name))

    def on_request(self, exchange: Exchange) -> Answer | Awaitable[Answer]:
        """See the request's head, before cache and upstream. A Response answers now; HOLD asks for the body first."""

    def on_request_body(
        self, exchange: Exchange, chunk: bytes, last: bool
    ) -> bytes | Response | Awaitable[bytes | Response]:
        """See a piece of the request's body; what is returned goes on in its place. A Response answers instead."""
        return chunk

    def on_upstream_request(self, exchange: Exchange) -> Awaitable[None] | None:
        """See the request before each attempt upstream, after a cache miss."""

    def on_upstream_response(self, exchange: Exchange, response: Response) -> Awaitable[None] | None:
        """See the origin's answer before the cache stores it."""

    def on_response(self, exchange: Exchange, response: Response) -> Answer | Awaitable[Answer]:
        """See every answer to the client, wherever it was made, if this filter's `on_request` ran.

        HOLD asks for the body before the answer goes on; a filter that holds may still edit it.
        """

    def on_response_body(
        self, exchange: Exchange, chunk: bytes, last: bool
    ) -> bytes | Response | Awaitable[bytes | Response]:
        """See a piece of the response's body, after the cache; what is returned goes on in its place.

        A Response answers instead, where the filter holds the answer back.
        """
        return chunk

    def wants_response_body(self, exchange: Exchange) -> bool:
        """Tell, after `on_response`, if `on_response_body` is to see this body; one left alone keeps its length."""
        return True

    def on_complete(self, exchange: Exchange) -> None:
        """See the exchange when it is over, however it ended. Never async."""
