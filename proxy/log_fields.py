"""The fields that an access log line may have, each from an exchange to its JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from json.encoder import encode_basestring_ascii as quoted
from typing import Final, TypeAlias

from proxy.errors import ClientGone
from proxy.exchange import Exchange
from proxy.runtime import wall_clock

LONGEST_TEXT: Final = 2048
"""Longer texts are cut, so that a line is shorter than a pipe's atomic write (4096 bytes on Linux, pipe(7))."""

MOST_RULES: Final = 20
"""Of the firewall, for the same reason."""

Field: TypeAlias = Callable[[Exchange], str]


class _Seconds(dict[int, str]):
    """Remembers the text of the present second."""

    def __missing__(self, second: int) -> str:
        self.clear()
        text = self[second] = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(second))
        return text


_SECONDS: Final = _Seconds()


def _time(_: Exchange) -> str:
    milliseconds = int(wall_clock() * 1000)
    return f'"{_SECONDS[milliseconds // 1000]}.{milliseconds % 1000:03}Z"'


def _text(text: str | None) -> str:
    return "null" if text is None else quoted(text[:LONGEST_TEXT])


def _status(exchange: Exchange) -> str:
    return str(ClientGone.status if exchange.response is None else exchange.response.status)


def _waf_rules(exchange: Exchange) -> str:
    if exchange.firewall is None:
        return "null"
    return f"[{','.join(map(str, exchange.firewall.rules[:MOST_RULES]))}]"


def _route(exchange: Exchange) -> str:
    return "null" if exchange.route is None else quoted(exchange.route.name)


FIELDS: Final[Mapping[str, Field]] = {
    "time": _time,
    "id": lambda exchange: quoted(exchange.id),
    "client": lambda exchange: quoted(exchange.client.address),
    "listener": lambda exchange: quoted(exchange.client.listener),
    "route": _route,
    "method": lambda exchange: _text(exchange.request.method),
    "host": lambda exchange: _text(exchange.request.host),
    "path": lambda exchange: _text(exchange.request.asked_path),
    "status": _status,
    "bytes": lambda exchange: str(exchange.sent_bytes),
    "duration_ms": lambda exchange: f"{(exchange.finished_at - exchange.started_at) * 1000:.3f}",
    "answered_by": lambda exchange: quoted(exchange.answered_by),
    "reason": lambda exchange: quoted(exchange.reason),
    "upstream": lambda exchange: _text(exchange.upstream_name),
    "endpoint": lambda exchange: _text(exchange.endpoint),
    "attempts": lambda exchange: str(exchange.attempts),
    "cache": lambda exchange: _text(exchange.cache_result or None),
    "cache_reason": lambda exchange: _text(None if exchange.cache_verdict is None else exchange.cache_verdict.reason),
    "waf": lambda exchange: "null" if exchange.firewall is None else quoted(exchange.firewall.action),
    "waf_rules": _waf_rules,
    "waf_score": lambda exchange: "null" if exchange.firewall is None else str(exchange.firewall.score),
}
"""`time` is when the exchange ended, in UTC; `bytes` what went to the client; `path` is the one that the client asked
for, normalised, without its query, which often holds secrets; `status` is 499 where the client left before there was an
answer. `waf` is what the firewall decided where one of its rules matched, `waf_rules` the first ids of those that did,
`waf_score` the scores of request and response together."""


def line_maker(names: tuple[str, ...]) -> Callable[[Exchange], str]:
    """Compile chosen fields to a function from an exchange to its line; raises KeyError for an unknown name."""
    getters = tuple(FIELDS[name] for name in names)
    template = "{" + ",".join(f'"{name}":%s' for name in names) + "}\n"

    def line(exchange: Exchange) -> str:
        return template % tuple([get(exchange) for get in getters])

    return line
