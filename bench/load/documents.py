"""Configurations that differ as those of a site do over its life, and answer the load's requests alike."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from bench.load.load import GENERATION
from bench.process import free_port

WORKERS: Final = 2
DRAIN_S: Final = 60


@dataclass(frozen=True, slots=True)
class Ports:
    """Where the listeners are. `extra` is the one that comes and goes."""

    public: int
    secure: int
    extra: int
    admin: int
    origin: int

    @classmethod
    def before(cls, origin: int) -> Ports:
        return cls(free_port(), free_port(), free_port(), free_port(), origin)

    @property
    def listening(self) -> tuple[int, ...]:
        return self.public, self.secure, self.extra


def has_extra(number: int) -> bool:
    return number % 3 != 2


def workers(number: int) -> int:
    return WORKERS + 1 if number % 4 == 3 else WORKERS


def document(number: int, ports: Ports) -> dict[str, Any]:
    """Write one of the configurations; each differs from its neighbours in routes, filters, and much else."""
    return {
        "version": 1,
        "workers": workers(number),
        "drain_timeout": f"{DRAIN_S}s",
        "listeners": listeners(number, ports),
        "admin": {"address": f"127.0.0.1:{ports.admin}"},
        "caches": {"default": {"memory": f"{16 + 8 * (number // 5 % 2)}MiB", "max_object": "1MiB"}},
        "filters": {
            "stamp": {"type": "headers", "response": {"set": {GENERATION: str(number)}}},
            "limit": {"type": "rate_limit", "rate": f"{100_000 + number // 2}/s"},
            "squeeze": {"type": "compress", "encodings": ["gzip"], "min_size": "64B"},
        },
        "upstreams": {
            "origin": {
                "endpoints": [f"127.0.0.1:{ports.origin}"],
                "timeouts": {"first_byte": "30s", "idle": f"{60 + number // 2 % 2}s"},
            }
        },
        "routes": routes(number),
    }


def listeners(number: int, ports: Ports) -> list[dict[str, Any]]:
    limits = {
        "body_idle_timeout": "60s",
        "idle_timeout": f"{75 + number // 3 % 2}s",
        "body_bytes": "16MiB",
        "body_min_rate": 0,
    }
    tls = {"certificates": [{"cert": "server.crt", "key": "server.key"}]}
    found = [
        {"name": "public", "address": f"127.0.0.1:{ports.public}", "limits": limits},
        {"name": "secure", "address": f"127.0.0.1:{ports.secure}", "limits": limits, "tls": tls},
    ]
    if has_extra(number):
        found.append({"name": "extra", "address": f"127.0.0.1:{ports.extra}", "limits": limits})
    return found


def routes(number: int) -> list[dict[str, Any]]:
    """Return routes of which some come, go, and change their places."""
    chain: list[Any] = ["stamp", "limit"] + (["squeeze"] if number % 2 else [])
    own: list[dict[str, Any]] = [
        {"name": "cached", "match": {"path": {"prefix": "/cached"}}, "filters": ["stamp"], "cache": "default"},
        {"name": f"number-{number}", "match": {"path": {"prefix": f"/number/{number}"}}, "filters": ["stamp"]},
    ]
    last = {"name": "all", "filters": chain}
    ordered = own if number % 2 else own[::-1]
    return [{**route, "upstream": "origin"} for route in [*ordered, last]]


def faulty(number: int, ports: Ports) -> dict[str, Any]:
    """Write a configuration that must be refused."""
    wrong = document(number, ports)
    wrong["routes"][0]["upstream"] = "nobody"
    return wrong
