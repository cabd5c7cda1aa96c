"""The configuration with everything on, in two versions that a reload exchanges for each other."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any, Final

from bench.load.load import GENERATION
from bench.process import free_port

KEY: Final = "a key for this run and for nothing else"
ACCESS_LOG: Final = "access.log"
FIELDS: Final = ["time", "client", "method", "path", "status", "bytes", "duration_ms", "answered_by", "reason"]


@dataclass(frozen=True, slots=True)
class Ports:
    """Where everything listens; nobody does at `dead`."""

    public: int
    secure: int
    mutual: int
    admin: int
    dead: int
    origin: int
    redis: int

    @classmethod
    def before(cls, origin: int, redis: int) -> Ports:
        return cls(free_port(), free_port(), free_port(), free_port(), free_port(), origin, redis)


def everything(number: int, ports: Ports) -> dict[str, Any]:
    """Write the configuration; of `number` it says the generation, and whether it is odd changes some of it."""
    return {
        "version": 1,
        "workers": 2,
        "drain_timeout": "60s",
        "listeners": listeners(ports),
        "admin": {"address": f"127.0.0.1:{ports.admin}"},
        "access_log": {"path": ACCESS_LOG, "fields": FIELDS},
        "caches": caches(ports),
        "filters": filters(number),
        "upstreams": upstreams(number, ports),
        "routes": routes(number),
        "error_pages": {502: {"body": "nobody is there ({id})\n"}},
    }


def listeners(ports: Ports) -> list[dict[str, Any]]:
    tls = {"certificates": [{"cert": "server.crt", "key": "server.key"}]}
    limits = {"body_idle_timeout": "30s"}
    places = {"public": ports.public, "secure": ports.secure, "mutual": ports.mutual}
    mutual = {**tls, "client": {"ca": "ca.pem"}}
    said: dict[str, dict[str, Any]] = {"public": {}, "secure": {"tls": tls}, "mutual": {"tls": mutual}}
    return [
        {"name": name, "address": f"127.0.0.1:{port}", "limits": limits, **said[name]} for name, port in places.items()
    ]


def caches(ports: Ports) -> dict[str, Any]:
    """Return two caches: one that is full soon, and one that goes on in Redis."""
    redis = {"url": f"redis://127.0.0.1:{ports.redis}/0", "timeout": "250ms"}
    small = {"memory": "4MiB", "max_object": "256KiB"}
    return {"local": small, "shared": {**small, "redis": redis}}


def filters(number: int) -> dict[str, Any]:
    keys = [{"id": "soak", "groups": ["keepers"], "sha256": hashlib.sha256(KEY.encode()).hexdigest()}]
    variants = [{"name": name, "weight": 50, "upstream": name} for name in ("origin", "next")]
    return {
        "stamp": {
            "type": "headers",
            "request": {"set": {"x-request-id": "{request_id}"}},
            "response": {"set": {GENERATION: str(number)}, "remove": ["server"]},
        },
        "limit": {"type": "rate_limit", "rate": "5/s", "key": {"header": "x-user"}, "max_keys": 500},
        "squeeze": {"type": "compress", "encodings": ["gzip"], "min_size": "256B"},
        "guard": {"type": "waf", "mode": "enforce"},
        "auth": {
            "type": "wasm",
            "module": "builtin:auth.wasm",
            "config": {"api_keys": {"keys": keys}, "require": {"groups": ["keepers"]}},
        },
        "ab": {"type": "wasm", "module": "builtin:ab.wasm", "config": {"experiment": "soak", "variants": variants}},
    }


def upstreams(number: int, ports: Ports) -> dict[str, Any]:
    origin = {"endpoints": [f"127.0.0.1:{ports.origin}"], "timeouts": {"first_byte": "30s"}}
    changing = {**origin, "timeouts": {"first_byte": f"{20 + number % 2}s"}}
    return {"origin": origin, "next": changing, "dead": {"endpoints": [f"127.0.0.1:{ports.dead}"]}}


def routes(number: int) -> list[dict[str, Any]]:
    """Return a route for each thing that is on; one is there every other time only."""
    found = [
        route("local", "/local", ["stamp", "squeeze"], cache="local"),
        route("shared", "/shared", ["stamp", "squeeze"], cache="shared"),
        route("account", "/account", ["stamp", "auth"]),
        route("shop", "/shop", ["stamp", "ab"]),
        route("guarded", "/guarded", ["stamp", "guard"]),
        route("limited", "/limited", ["stamp", "limit"]),
        {**route("dead", "/dead", ["stamp"]), "upstream": "dead"},
        *([route("odd", "/odd", ["stamp", "auth", "guard"])] if number % 2 else []),
        {"name": "all", "filters": ["stamp", "squeeze"], "upstream": "origin"},
    ]
    return found


def route(name: str, prefix: str, chain: list[str], **more: str) -> dict[str, Any]:
    return {"name": name, "match": {"path": {"prefix": prefix}}, "filters": chain, "upstream": "origin", **more}
