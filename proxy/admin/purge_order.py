"""What `POST /cache/purge` is sent: read, and refused in words that name the field and what to write."""

from __future__ import annotations

import json
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any, Final, cast, get_args

from proxy.admin.near import near
from proxy.authority import DEFAULT_PORTS, parse_host
from proxy.cache.purge import Purge, PurgeKind
from proxy.errors import ProxyError
from proxy.http1.target import parse_request_line
from proxy.path import PathRules

KINDS: Final = cast(tuple[PurgeKind, ...], get_args(PurgeKind))
FIELDS: Final = (*KINDS, "hard", "cache")
EXAMPLE: Final = '{"url": "http://example.com/path"}'


class BadOrder(ValueError):
    """An order that cannot be followed; `field` is the one to mend, None for the whole."""

    def __init__(self, message: str, field: str | None = None) -> None:
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class PurgeOrder:
    """What to purge, and the cache to purge it from, None for all."""

    purge: Purge
    cache: str | None = None

    def message(self) -> dict[str, Any]:
        """Return it as the control channel carries it."""
        return {"cache": self.cache, "kind": self.purge.kind, "value": self.purge.value, "hard": self.purge.hard}


def read_order(text: bytes, caches: Collection[str]) -> PurgeOrder:
    """Read an order for some of these caches; raises BadOrder."""
    try:
        data = json.loads(text)
    except ValueError as error:
        raise BadOrder(f"the body is not JSON; send {EXAMPLE}") from error
    if not isinstance(data, dict):
        raise BadOrder(f"the body is no JSON object; send {EXAMPLE}")
    for field in data.keys() - set(FIELDS):
        raise BadOrder(f"unknown field {field}{near(field, FIELDS)}", field)
    kind = _kind(data)
    return PurgeOrder(Purge(kind, _value(kind, data[kind]), _hard(data)), _cache(data, caches))


def _kind(data: dict[str, Any]) -> PurgeKind:
    given = [kind for kind in KINDS if kind in data]
    if len(given) != 1:
        found = f"not {' and '.join(given)}" if given else f"such as {EXAMPLE}"
        raise BadOrder(f"give one of {', '.join(KINDS)}, {found}", given[-1] if given else None)
    return given[0]


def _value(kind: PurgeKind, value: object) -> str:
    if kind == "all":
        if value is not True:
            raise BadOrder("all must be true", "all")
        return ""
    if not isinstance(value, str) or not value:
        raise BadOrder(f"{kind} must be text, and not empty", kind)
    if kind == "tag":
        return _tag(value)
    return _url(kind, value)


def _tag(value: str) -> str:
    """Accept what may be one tag: those of Surrogate-Key hold no spaces, those of Cache-Tag no commas."""
    if not value.isprintable() or value != value.strip() or (" " in value and "," in value):
        raise BadOrder("tag must be one tag, as it stands in Surrogate-Key or Cache-Tag", "tag")
    return value


def _url(kind: PurgeKind, value: str) -> str:
    """Spell a URL as the cache spells those of requests (proxy/cache/key.py); of a prefix the end may be missing."""
    try:
        line = parse_request_line(f"GET {value} HTTP/1.1".encode(), PathRules(encoded_slashes="keep"))
    except ProxyError as error:
        raise BadOrder(f"{kind} is no URL: {error}; write http://host/path", kind) from error
    if line.authority is None or line.scheme is None:
        raise BadOrder(f"{kind} must be a whole URL; write http://host{value}", kind)
    host = parse_host(line.authority.encode())
    authority = host.host if host.port == DEFAULT_PORTS[line.scheme] else host.authority
    query = "" if line.query is None else f"?{line.query}"
    return f"{line.scheme}://{authority}{line.path}{query}"


def _hard(data: dict[str, Any]) -> bool:
    hard = data.get("hard", False)
    if not isinstance(hard, bool):
        raise BadOrder("hard must be true or false", "hard")
    return hard


def _cache(data: dict[str, Any], caches: Collection[str]) -> str | None:
    if not caches:
        raise BadOrder("no cache is configured; there is nothing to purge")
    name = data.get("cache")
    if name is not None and name not in caches:
        raise BadOrder(f"there is no cache {name}{near(str(name), caches)}", "cache")
    return cast(str | None, name)
