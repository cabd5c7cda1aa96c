"""Exchanges and filters without a proxy around them, for tests that call a filter's hooks themselves."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from proxy.body import Body
from proxy.chain import Chain
from proxy.exchange import Client, Exchange
from proxy.filter import Filter
from proxy.hook import Step
from proxy.limits import Limits
from proxy.local_answer import ErrorPage
from proxy.match import Match
from proxy.messages import Headers, Request, Response
from proxy.route import Route

Fields = Iterable[tuple[str, str]]


def make_exchange(
    method: str = "GET",
    target: str = "/",
    fields: Fields = (),
    *,
    client: str = "192.0.2.1",
    scheme: str = "http",
    host: str = "example.test",
    port: int | None = None,
    route: str | None = "api",
    error_pages: dict[int, ErrorPage] | None = None,
) -> Exchange:
    path, question_mark, query = target.partition("?")
    request = Request(
        method,
        path,
        query if question_mark else None,
        headers=Headers.of(fields),
        scheme=scheme,
        host=host,
        authority=host if port is None else f"{host}:{port}",
    )
    exchange = Exchange(request, Client(client, 51000, "public"))
    if route is not None:
        exchange.route = Route(route, Match(), Chain(), NoOrigin(), Limits(), error_pages=error_pages)
    return exchange


class NoOrigin:
    """An origin that nobody should ask."""

    async def fetch(self, exchange: Exchange) -> Response:
        raise AssertionError("the origin was asked")


def make_response(status: int = 200, fields: Fields = (), body: Body | bytes = b"") -> Response:
    return Response(status, Headers.of(fields), body)


def make_filter(filter_type: Any, name: str = "it", **options: Any) -> Any:
    """Make a filter as the configuration does, from what stands beside `type`."""
    return getattr(filter_type, "build", filter_type)(name, filter_type.Options.model_validate(options))


class Pieces:
    """A body that comes in given pieces; its length is not known."""

    ready = True

    def __init__(self, *pieces: bytes, length: int | None = None) -> None:
        self._pieces = list(pieces)
        self.length = length

    async def read(self) -> bytes:
        return self._pieces.pop(0) if self._pieces else b""

    def discard(self) -> None:
        self._pieces.clear()


async def run(exchange: Exchange, response: Response, *filters: Filter) -> Response:
    """Take an exchange through a chain of filters; `response` is the origin's."""
    chain = Chain([Step(each) for each in filters])
    answer = await chain.request(exchange)
    final = await chain.response(exchange, response if answer is None else answer)
    await chain.wrap_response_body(exchange, final)
    return final


def reason(exchange: Exchange) -> str:
    """Return the word that says why a filter answered."""
    return exchange.decisions[-1].reason
