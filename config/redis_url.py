"""The URL of a cache's shared tier: one server, Sentinels that know the master, or a cluster (redis_settings.py).

What is wrong is said without the URL, for it may hold a password. Options do not stand in it, but beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Annotated, Any, Final

from pydantic import BeforeValidator, WithJsonSchema

from config.paths import Path
from config.problems import listed, nearest
from proxy.upstream.address import Address

SCHEMES: Final = tuple(f"redis{tls}{kind}" for kind in ("", "+sentinel", "+cluster") for tls in ("", "s"))
_URL = re.compile(r"([^:/@]+)://(?:[^@/]*@)?([^@/?#]*)(/[^@?#]*)?")
_SOCKET = re.compile(r"unix://(?:[^@/]*@)?/[^@?#]+(?:\?db=[0-9]{1,5})?")
_DATABASE = re.compile(r"(/[0-9]{1,5})?/?")
_SERVICE = re.compile(r"/[^/]+(/[0-9]{1,5})?/?")
_FORMS: Final = "redis://host:6379/0, redis+sentinel://host:26379/service/0 or redis+cluster://host:6379"


def parse_redis_url(value: object) -> str:
    """Accept a URL of one of the schemes, ports may be left out, or a Unix socket's: `unix:///path?db=0`."""
    if isinstance(value, str) and _SOCKET.fullmatch(value):
        return value
    found = _URL.fullmatch(value) if isinstance(value, str) else None
    if found is None:
        raise ValueError(f"not a URL of Redis; write {_FORMS}, and in a password %2F for '/', %40 for '@'")
    scheme, hosts, path = found[1], found[2].split(","), found[3] or ""
    if scheme not in SCHEMES:
        raise ValueError(f"unknown scheme '{scheme}'{nearest(scheme, SCHEMES)}")
    if not all(map(_is_host, hosts)):
        raise ValueError("a host or its port is malformed; write host:6379 or [v6]:6379")
    _check_path(scheme, hosts, path)
    return found[0]


def _is_host(text: str) -> bool:
    """Tell whether it is a host, with a port or without; no message quotes it, for it may be a slipped password."""
    has_port = ":" in text.rpartition("]")[2]
    try:
        return Address.parse(text if has_port else f"{text}:1").port > 0
    except ValueError:
        return False


def _check_path(scheme: str, hosts: list[str], path: str) -> None:
    if scheme.endswith("+sentinel"):
        if not _SERVICE.fullmatch(path):
            raise ValueError("a Sentinel URL ends in the service that the Sentinels watch, and a database: /service/0")
    elif scheme.endswith("+cluster"):
        if path not in ("", "/", "/0"):
            raise ValueError("a cluster has but one database; leave the URL's path out")
    elif not _DATABASE.fullmatch(path):
        raise ValueError(f"the URL's path is no database; write a number, {_FORMS.split(',')[0]}")
    elif len(hosts) > 1:
        raise ValueError(
            f"{scheme}:// is one server; several are {listed([scheme + '+sentinel', scheme + '+cluster'])}"
        )


RedisUrl = Annotated[
    str,
    BeforeValidator(parse_redis_url),
    WithJsonSchema({"type": "string", "description": "where Redis is", "examples": ["redis://localhost:6379/0"]}),
]


def redis_url_paths(data: Any) -> Iterator[Path]:
    """Yield where the URLs stand in the raw data; as a `file:` they may be read from elsewhere."""
    caches, functions = data.get("caches"), data.get("functions")
    for name, cache in caches.items() if isinstance(caches, dict) else ():
        yield from _url_of(cache, Path(("caches", name)))
    for store in ("kv", "cache") if isinstance(functions, dict) else ():
        yield from _url_of(functions.get(store), Path(("functions", store)))


def _url_of(store: Any, at: Path) -> Iterator[Path]:
    redis = store.get("redis") if isinstance(store, dict) else None
    if isinstance(redis, dict) and "url" in redis:
        yield at / "redis" / "url"
    elif isinstance(redis, str):
        yield at / "redis"
