"""What the YAML may say of caching: the caches, and what a route wants of the one that it uses."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Annotated, Final, Literal, Self

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from config.model import Model
from config.redis_url import RedisUrl
from config.shorthand import under
from config.values import CookieName, Duration, FieldName, Percent, Size, Text
from filters.units import Seconds
from proxy.cache.bypass import Bypass
from proxy.cache.key import KeyRules
from proxy.cache.memory import LARGEST_SHARE
from proxy.cache.policy import Policy

MEMORY_BYTES: Final = 256 * 1024**2
MAX_OBJECT_BYTES: Final = 8 * 1024**2
STORABLE_METHODS: Final = ("GET", "HEAD")

_DEFAULTS: Final = Policy()


def parse_storable_method(value: object) -> str:
    """Accept what a stored response may answer (RFC 9110 §9.2.3); answers to POST need more than a URL to be found."""
    if value not in STORABLE_METHODS:
        raise ValueError(f"{value!r} is no method whose answers are stored; those of GET and HEAD are")
    return str(value)


def parse_parameters(value: object) -> object:
    """Accept the names of query parameters, or `all`."""
    if value == "all" or isinstance(value, list):
        return value
    raise ValueError(f"{value!r} is neither a list of parameters nor the word all")


StorableMethod = Annotated[
    str, BeforeValidator(parse_storable_method), WithJsonSchema({"enum": list(STORABLE_METHODS)})
]
FinalStatus = Annotated[int, Field(ge=200, le=599, strict=True)]


class Redis(Model):
    """The shared tier. The files are PEM, relative to the configuration; `cert` and `key` show who we are."""

    url: RedisUrl
    timeout: Duration = 0.05
    ca: Text | None = None
    cert: Text | None = None
    key: Text | None = None

    @model_validator(mode="after")
    def _whole_tls(self) -> Self:
        files = [name for name in ("ca", "cert", "key") if getattr(self, name) is not None]
        if files and not self.url.startswith("rediss"):
            raise ValueError(f"{files[0]} is for TLS; write a URL that begins with rediss")
        if (self.cert is None) != (self.key is None):
            raise ValueError("cert and key go together; one of them is missing")
        return self


class Cache(Model):
    """A cache: `memory` in each worker, and the shared tier behind it if there is one."""

    memory: Size = MEMORY_BYTES
    max_object: Size | None = None
    redis: Annotated[Redis, under("url")] | None = None

    @model_validator(mode="after")
    def _room_for_some(self) -> Self:
        if self.max_object_bytes == 0:
            raise ValueError("there is no room for anything; leave the cache out where nothing is to be stored")
        least, most = self.max_object_bytes * LARGEST_SHARE, self.memory // LARGEST_SHARE
        if least > self.memory:
            remedy = f"write memory: {least}B or more, or max_object: {most}B"
            raise ValueError(f"memory must hold at least {LARGEST_SHARE} responses of max_object: {remedy}")
        return self

    @property
    def max_object_bytes(self) -> int:
        return min(MAX_OBJECT_BYTES, self.memory // LARGEST_SHARE) if self.max_object is None else self.max_object


class Ttl(Model):
    """How long responses are fresh that leave it open, and at most; `heuristic` is a share of their age."""

    default: Seconds = _DEFAULTS.default_ttl_s
    max: Seconds | None = None
    heuristic: Percent = _DEFAULTS.heuristic_fraction

    @model_validator(mode="after")
    def _default_within_max(self) -> Self:
        if self.max is not None and self.max < self.default:
            raise ValueError(f"max ({self.max:g}s) is less than default ({self.default:g}s)")
        return self


class Key(Model):
    """What of a request tells responses apart besides scheme, host, path and upstream."""

    ignore_query: Annotated[
        Literal["all"] | frozenset[Text],
        BeforeValidator(parse_parameters),
        WithJsonSchema({"anyOf": [{"const": "all"}, {"type": "array", "items": {"type": "string"}}]}),
    ] = frozenset()
    sort_query: Annotated[bool, Field(strict=True)] = False
    headers: tuple[FieldName, ...] = ()
    cookies: tuple[CookieName, ...] = ()


class BypassRule(Model):
    """Requests with one of these go past the cache."""

    headers: tuple[FieldName, ...] = ()
    cookies: tuple[CookieName, ...] = ()


class RouteCache(Model):
    """A route's use of a cache; proxy/cache/policy.py says what most of it means."""

    use: Text
    ttl: Ttl = Ttl()
    methods: Annotated[frozenset[StorableMethod], Field(min_length=1)] = _DEFAULTS.methods
    statuses: Annotated[frozenset[FinalStatus], Field(min_length=1)] | None = None
    key: Key = Key()
    bypass: BypassRule = BypassRule()
    stale_while_revalidate: Seconds = _DEFAULTS.stale_while_revalidate_s
    stale_if_error: Seconds = _DEFAULTS.stale_if_error_s
    stale_unreachable: Seconds = _DEFAULTS.stale_unreachable_s
    keep: Seconds = _DEFAULTS.keep_s
    client_directives: Literal["honour", "ignore"] = "honour"
    set_cookie: Literal["careful", "store"] = _DEFAULTS.set_cookie
    hit_for_miss: Seconds = _DEFAULTS.hit_for_miss_s

    def policy(self) -> Policy:
        return Policy(
            default_ttl_s=self.ttl.default,
            max_ttl_s=math.inf if self.ttl.max is None else self.ttl.max,
            heuristic_fraction=self.ttl.heuristic,
            methods=self.methods,
            statuses=self.statuses,
            stale_while_revalidate_s=self.stale_while_revalidate,
            stale_if_error_s=self.stale_if_error,
            stale_unreachable_s=self.stale_unreachable,
            keep_s=self.keep,
            client_directives=self.client_directives == "honour",
            set_cookie=self.set_cookie,
            hit_for_miss_s=self.hit_for_miss,
        )

    def key_rules(self) -> KeyRules:
        return KeyRules(self.key.ignore_query, self.key.sort_query, self.key.headers, self.key.cookies)

    def bypassing(self) -> Bypass:
        return Bypass(_encoded(self.bypass.headers), _encoded(self.bypass.cookies))


def _encoded(names: Iterable[str]) -> tuple[bytes, ...]:
    return tuple(name.encode("ascii") for name in names)
