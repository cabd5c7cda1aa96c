"""Sends the client to another address."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import ClassVar, Literal

from pydantic import model_validator

from filters.options import RequestTemplate, Strict
from filters.template import Template
from filters.uri import uri_text
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Headers, Request, Response

_ABSOLUTE_OR_ROOTED = re.compile(r"[A-Za-z][A-Za-z0-9+.\-]*:|/|\{")


class RedirectFilter(Filter):
    """Answers with Location; the address that was asked for already is let through, so nobody runs in a circle."""

    type_name: ClassVar[str] = "redirect"

    class Options(Strict):
        status: Literal[301, 302, 303, 307, 308] = 302
        to: RequestTemplate | None = None
        scheme: Literal["http", "https"] | None = None
        host: RequestTemplate | None = None
        path: RequestTemplate | None = None
        keep_query: bool = True

        @model_validator(mode="after")
        def _one_way(self) -> RedirectFilter.Options:
            parts = self.scheme is not None or self.host is not None or self.path is not None
            if (self.to is not None) == parts:
                raise ValueError("give either `to`, or some of scheme, host and path")
            if self.to is not None and not _ABSOLUTE_OR_ROOTED.match(self.to):
                raise ValueError("`to` starts with a scheme or a slash")
            if self.path is not None and not self.path.startswith(("/", "{")):
                raise ValueError("a path starts with a slash")
            return self

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        self._status = options.status
        self._keep_query = options.keep_query
        self._address = _from_parts(options) if options.to is None else _from_template(options.to)

    def on_request(self, exchange: Exchange) -> Response | None:
        request = exchange.request
        address = self._address(exchange)
        if self._keep_query and request.query:
            address = _with_query(address, request.query)
        if address in {request.target, _present_address(request)}:
            return None
        exchange.decide(self.name, "answer", "redirect", address)
        return Response(self._status, Headers.of([("Location", address)]))


def _from_template(text: str) -> Callable[[Exchange], str]:
    template = Template(text, escape=uri_text)
    if text.startswith("//"):
        return template.render

    def render(exchange: Exchange) -> str:
        """Keep a value from turning `/{path}` into `//host/`, which a browser takes for another host."""
        address = template.render(exchange)
        return "/" + address.lstrip("/") if address.startswith("//") else address

    return render


def _from_parts(options: RedirectFilter.Options) -> Callable[[Exchange], str]:
    host = None if options.host is None else Template(options.host, escape=uri_text)
    path = None if options.path is None else Template(options.path, escape=uri_text)

    def render(exchange: Exchange) -> str:
        request = exchange.request
        scheme = options.scheme or request.scheme
        place = _same_host(request, scheme) if host is None else host.render(exchange)
        return f"{scheme}://{place}{request.path if path is None else path.render(exchange)}"

    return render


def _same_host(request: Request, scheme: str) -> str:
    """Return the present authority; a port belongs to its scheme and is left behind with it."""
    return request.authority if scheme == request.scheme else request.host


def _present_address(request: Request) -> str:
    return f"{request.scheme}://{request.authority}{request.target}"


def _with_query(address: str, query: str) -> str:
    """Add the query that was asked for, before a fragment."""
    place, hash_mark, fragment = address.partition("#")
    return f"{place}{'&' if '?' in place else '?'}{query}{hash_mark}{fragment}"
