"""Limits how often somebody may ask, in this worker's memory."""

from __future__ import annotations

import re
import socket
from collections.abc import Callable, Hashable
from hashlib import blake2b
from typing import Annotated, ClassVar, Final, Literal

from pydantic import AfterValidator, Field, model_validator

from filters.gcra import Gcra, Taking
from filters.options import FieldName, Strict
from filters.recent import Recent
from filters.refusal import refuse
from proxy.cookies import find_cookie
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.messages import Response
from proxy.runtime import monotonic

_RATE = re.compile(r"([1-9][0-9]{0,8})/(s|m|h)")
_PERIOD_NS: Final = {"s": 10**9, "m": 60 * 10**9, "h": 3600 * 10**9}
_SECOND_NS: Final = 10**9
_MAPPED_PREFIX: Final = bytes(10) + b"\xff\xff"


def _rate(text: str) -> str:
    if not _RATE.fullmatch(text):
        raise ValueError(f"{text!r} is not a rate; write 5/s, 100/m or 1000/h")
    return text


class KeyOptions(Strict):
    """The field or cookie whose value is counted; a request without it is counted by its client's address."""

    header: FieldName | None = None
    cookie: Annotated[str, Field(min_length=1)] | None = None

    @model_validator(mode="after")
    def _one_source(self) -> KeyOptions:
        if (self.header is None) == (self.cookie is None):
            raise ValueError("give either `header` or `cookie`")
        return self


class RateLimitFilter(Filter):
    """Answers 429 over the rate, and tells everybody where they stand (draft-ietf-httpapi-ratelimit-headers-11)."""

    type_name: ClassVar[str] = "rate_limit"

    class Options(Strict):
        """`burst` is how many requests may come at once, by default as many as the rate's number."""

        rate: Annotated[str, AfterValidator(_rate)]
        burst: Annotated[int, Field(ge=1, le=1_000_000_000)] | None = None
        key: Literal["client_ip", "route"] | KeyOptions = "client_ip"
        max_keys: Annotated[int, Field(ge=1)] = 100_000
        fields: bool = True

    def __init__(self, name: str, options: Options) -> None:
        self.name = name
        count, _, unit = options.rate.partition("/")
        burst = options.burst or int(count)
        self._gcra = Gcra(_PERIOD_NS[unit] // int(count), burst)
        self._due_ns: Recent[Hashable, int] = Recent(options.max_keys, self._gcra.window_ns / _SECOND_NS)
        self._key_of = _key_reader(options.key)
        self._fields = options.fields
        self._place = f"{name}#{id(self)}"  # a chain may use one name twice
        self._policy_name = _quoted(name)
        window_s = -(-self._gcra.window_ns // _SECOND_NS)
        self._policy = b"RateLimit-Policy: %b;q=%d;w=%d" % (self._policy_name, burst, window_s)

    def on_request(self, exchange: Exchange) -> Response | None:
        taking = self._take(self._key_of(exchange))
        exchange.values[self._place] = taking
        if taking.allowed:
            return None
        answer = refuse(exchange, self.name, 429, "rate_limited")
        answer.headers.put(b"retry-after", b"Retry-After: %d" % _whole_seconds(taking.next_ns))
        return answer

    def on_response(self, exchange: Exchange, response: Response) -> None:
        taking = exchange.values.get(self._place)
        if self._fields and taking is not None:
            response.headers.append(b"ratelimit-policy", self._policy)
            response.headers.append(b"ratelimit", self._standing(taking))

    def _take(self, key: Hashable) -> Taking:
        now_s = monotonic()
        taking = self._gcra.take(self._due_ns.get(key) or 0, int(now_s * _SECOND_NS))
        if taking.allowed:
            self._due_ns.put(key, taking.due_ns, now_s)
        return taking

    def _standing(self, taking: Taking) -> bytes:
        """Return the RateLimit field; its window ends when one unit more is there (draft §4.1.2)."""
        seconds = _whole_seconds(taking.next_ns)
        return b"RateLimit: %b;r=%d;t=%d" % (self._policy_name, taking.remaining, seconds)


def _whole_seconds(nanoseconds: int) -> int:
    """Round up: a client that waits so long is not refused again."""
    return -(-nanoseconds // _SECOND_NS)


def _quoted(name: str) -> bytes:
    """Return a name as a String of RFC 9651 §3.3.3, which holds printable ASCII only."""
    printable = re.sub(r"[^ -~]", "?", name)
    return b'"%b"' % re.sub(r'(["\\])', r"\\\1", printable).encode()


KeyReader = Callable[[Exchange], Hashable]


def _key_reader(key: Literal["client_ip", "route"] | KeyOptions) -> KeyReader:
    if key == "client_ip":
        return _client
    if key == "route":
        return lambda exchange: "" if exchange.route is None else exchange.route.name
    assert isinstance(key, KeyOptions)
    if key.header is not None:
        name = key.header.lower().encode()
        return _or_client(lambda exchange: exchange.request.headers.find(name))
    cookie = (key.cookie or "").encode()
    return _or_client(lambda exchange: find_cookie(exchange.request.headers, cookie))


def _or_client(read: Callable[[Exchange], bytes | None]) -> KeyReader:
    def key_of(exchange: Exchange) -> Hashable:
        value = read(exchange)
        # A digest in place of the value: a client chooses how long that is, and the table holds many.
        return _client(exchange) if value is None else blake2b(value, digest_size=16).digest()

    return key_of


def _client(exchange: Exchange) -> Hashable:
    return client_network(exchange.client.address)


def client_network(address: str) -> str | bytes:
    """Return what counts as one client: an IPv4 address, or an IPv6 network of 64 bits, for a site gets no less."""
    if ":" not in address:
        return address
    try:
        packed = socket.inet_pton(socket.AF_INET6, address.partition("%")[0])
    except OSError:
        return address
    return socket.inet_ntoa(packed[12:]) if packed.startswith(_MAPPED_PREFIX) else packed[:8]
