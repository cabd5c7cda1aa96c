"""Two workers, and two functions of which new versions come all the time: one answers at once, one waits before."""

from __future__ import annotations

from typing import Any, Final

from bench.guests import compiled
from bench.load.documents import WORKERS

AT_ONCE: Final = "telling"
WAITING: Final = "waiting"
NAMES: Final = (AT_ONCE, WAITING)
"""Guests of bench/guests: each answers with its configuration, which each version has of its own."""


def document(public: int, admin: int, origin: int) -> dict[str, Any]:
    url, hosts = f"http://127.0.0.1:{origin}/", [f"127.0.0.1:{origin}"]
    reach = {"secrets": ["URL"], "http": {"hosts": hosts, "plain": True, "networks": ["127.0.0.0/8"]}}
    return {
        "version": 1,
        "workers": WORKERS,
        "listeners": [{"name": "public", "address": f"127.0.0.1:{public}"}],
        "admin": {"address": f"127.0.0.1:{admin}"},
        "functions": {"store": "functions", "named": {WAITING: {"secrets": {"URL": url}, "allow": reach}}},
        "upstreams": {"origin": {"endpoints": [f"127.0.0.1:{origin}"]}},
        "routes": [
            {"name": "by-name", "match": {"path": {"prefix": "/named"}}, "function": AT_ONCE},
            {"name": "waiting", "match": {"path": {"prefix": "/waiting"}}, "function": WAITING},
            {"name": "by-path", "match": {"path": {"prefix": "/fn"}}, "function": {"from_path": True}},
            {"name": "plain", "upstream": "origin"},
        ],
    }


def modules() -> dict[str, bytes]:
    return {name: compiled(name) for name in NAMES}
