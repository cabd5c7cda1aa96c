"""Host functions that send requests: to other servers, and through this proxy's own routes."""

from __future__ import annotations

import json
from typing import Any, Final

from proxy.messages import field_line
from wasm_host.abi.edge.reading import LONGEST_NAME_BYTES, LONGEST_URL_BYTES, data, text
from wasm_host.functions.call import Call
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.hostcalls import Later
from wasm_host.functions.services import Http, HttpAnswer, HttpAsk, Subrequests

LONGEST_HEAD_BYTES: Final = 64 * 1024
_KEYS: Final = frozenset({"method", "url", "headers", "timeout_ms"})


class HttpCalls:
    """The plain ones: a guest waits for the body, and sees nothing else of the answer."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def http_get(self, call: Call, at: int, size: int) -> int | Later:
        return self._fetch(call, HttpAsk("GET", _url(call, at, size)))

    def http_delete(self, call: Call, at: int, size: int) -> int | Later:
        return self._fetch(call, HttpAsk("DELETE", _url(call, at, size)))

    def http_post(self, call: Call, at: int, size: int, *body_and_type: int) -> int | Later:
        return self._fetch(call, _upload(call, "POST", _url(call, at, size), *body_and_type))

    def http_put(self, call: Call, at: int, size: int, *body_and_type: int) -> int | Later:
        return self._fetch(call, _upload(call, "PUT", _url(call, at, size), *body_and_type))

    def http_send(self, call: Call, head_at: int, head_size: int, at: int, size: int) -> int:
        ask = _ask(call, head_at, head_size, at, size)
        return call.fetches.begin(lambda: self._http.fetch(ask))

    def _fetch(self, call: Call, ask: HttpAsk) -> Later:
        number = call.fetches.begin(lambda: self._http.fetch(ask))
        return Later(call.fetches.take(number), lambda answer: call.give(answer.body))


class RouteCalls:
    def __init__(self, subrequests: Subrequests) -> None:
        self._subrequests = subrequests

    def route_send(self, call: Call, head_at: int, head_size: int, at: int, size: int) -> int:
        ask = _ask(call, head_at, head_size, at, size)
        return call.fetches.begin(lambda: self._subrequests.fetch(call.exchange, ask))


def http_wait(call: Call, number: int) -> Later:
    """Give the length of the answer's head (u32 LE), the head as JSON, and the body."""

    def give(answer: HttpAnswer) -> int:
        head = json.dumps({"status": answer.status, "headers": list(answer.headers)}, separators=(",", ":")).encode()
        return call.give(b"".join((len(head).to_bytes(4, "little"), head, answer.body)))

    return Later(call.fetches.take(number), give)


def _url(call: Call, at: int, size: int) -> str:
    return text(call, at, size, LONGEST_URL_BYTES, "a URL")


def _upload(call: Call, method: str, url: str, at: int, size: int, type_at: int, type_size: int) -> HttpAsk:
    content_type = text(call, type_at, type_size, LONGEST_NAME_BYTES, "a content type")
    return HttpAsk(method, url, (_checked("content-type", content_type),), _body(call, at, size))


def _body(call: Call, at: int, size: int) -> bytes:
    return data(call, at, size, call.limits.http_bytes, "a body")


def _ask(call: Call, head_at: int, head_size: int, at: int, size: int) -> HttpAsk:
    """Read a request whose head is JSON; raises HostcallFailed for what does not fit."""
    raw = text(call, head_at, head_size, LONGEST_HEAD_BYTES, "a request's head")
    body = _body(call, at, size)
    try:
        head = json.loads(raw)
        if not isinstance(head, dict) or head.keys() - _KEYS:
            raise HostcallFailed("invalid", f"a request's head is an object of {', '.join(sorted(_KEYS))}")
        method, url = _string(head, "method"), _string(head, "url")
        headers = [_checked(*_pair(each)) for each in head.get("headers", ())]
        return HttpAsk(method, url, headers, body, _timeout_s(head.get("timeout_ms")))
    except (ValueError, TypeError, RecursionError) as error:
        raise HostcallFailed("invalid", f"a request's head: {error}") from error


def _string(head: dict[str, Any], key: str) -> str:
    value = head.get(key)
    if not isinstance(value, str) or not value:
        raise HostcallFailed("invalid", f"a request's head needs `{key}`, a string")
    return value


def _pair(field: object) -> tuple[str, str]:
    match field:
        case [str(name), str(value)]:
            return name, value
    raise HostcallFailed("invalid", "each of a request's headers is [name, value]")


def _checked(name: str, value: str) -> tuple[str, str]:
    try:
        field_line(name, value)
    except ValueError as error:
        raise HostcallFailed("invalid", str(error)) from error
    return name, value


def _timeout_s(timeout_ms: object) -> float | None:
    if timeout_ms is None:
        return None
    if isinstance(timeout_ms, bool) or not isinstance(timeout_ms, int | float) or not 0 < timeout_ms <= 3_600_000:
        raise HostcallFailed("invalid", "`timeout_ms` is a number of milliseconds")
    return timeout_ms / 1000
