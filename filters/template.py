"""Text with variables, compiled once: `{client_ip}` stands for its value, `{{` and `}}` for braces.

A template without variables is known to be constant, so whoever holds it can prepare its bytes and never render.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from difflib import get_close_matches
from typing import Final

from proxy.exchange import Exchange
from proxy.messages import Response, field_line

Reader = Callable[[Exchange, "Response | None"], str]

VARIABLES: Final[dict[str, Reader]] = {
    "client_ip": lambda exchange, _: exchange.client.address,
    "client_port": lambda exchange, _: str(exchange.client.port),
    "request_id": lambda exchange, _: exchange.id,
    "host": lambda exchange, _: exchange.request.host,
    "path": lambda exchange, _: exchange.request.path,
    "query": lambda exchange, _: exchange.request.query or "",
    "method": lambda exchange, _: exchange.request.method,
    "scheme": lambda exchange, _: exchange.request.scheme,
    "route": lambda exchange, _: "" if exchange.route is None else exchange.route.name,
    "listener": lambda exchange, _: exchange.client.listener,
    "status": lambda _, response: "" if response is None else str(response.status),
}

_TOKEN = re.compile(r"\{\{|\}\}|\{[^{}]*\}|[{}]|[^{}]+")
_HEADER = "header."


class Template:
    """Compiled text. `constant` is the whole text where it holds no variable, else None.

    `escape` is applied to each variable's value and `spell` to the template's own text, once. `on_response` allows
    `{status}`. Raises ValueError for an unknown variable or a lone brace.
    """

    __slots__ = ("_escape", "_pattern", "_readers", "constant")

    def __init__(
        self,
        text: str,
        *,
        escape: Callable[[str], str] = str,
        spell: Callable[[str], str] = str,
        on_response: bool = False,
    ) -> None:
        self._escape = escape
        readers: list[Reader] = []
        pieces: list[str] = []
        for token in _TOKEN.findall(text):
            if token[0] == "{" and token[1:] not in {"", "{"}:
                readers.append(_reader(token[1:-1], on_response))
                pieces.append("%s")
            else:
                pieces.append(spell(_unescaped(token)).replace("%", "%%"))
        self._pattern = "".join(pieces)
        self._readers = tuple(readers)
        self.constant = None if readers else self._pattern % ()

    def render(self, exchange: Exchange, response: Response | None = None) -> str:
        escape = self._escape
        return self._pattern % tuple([escape(read(exchange, response)) for read in self._readers])


def _unescaped(token: str) -> str:
    if token in {"{", "}"}:
        raise ValueError(f"a lone {token!r}: write {token * 2!r} for the character itself")
    return token[0] if token in {"{{", "}}"} else token


def _reader(name: str, on_response: bool) -> Reader:
    if name == "status" and not on_response:
        raise ValueError("{status} is known only where a response is edited")
    if name.startswith(_HEADER):
        return _header_reader(name.removeprefix(_HEADER))
    if name in VARIABLES:
        return VARIABLES[name]
    raise ValueError(f"unknown variable {{{name}}}{_suggestion(name)}")


def _header_reader(name: str) -> Reader:
    field_line(name, "")
    raw = name.lower().encode()

    def read(exchange: Exchange, _: Response | None) -> str:
        value = exchange.request.headers.find(raw)
        return "" if value is None else value.decode("latin-1")

    return read


def _suggestion(name: str) -> str:
    near = get_close_matches(name, [*VARIABLES, "header.NAME"], n=1, cutoff=0.5)
    return f": did you mean {{{near[0]}}}?" if near else f"; there are {', '.join(VARIABLES)} and header.NAME"
