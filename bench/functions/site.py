"""A Penstock with functions: one directory, in which it is started as often as is wanted."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import yaml

from bench.peers.peer import Place, Server
from bench.peers.penstock import Penstock
from bench.process import BenchError, Cores, free_port
from proxy.runtime import monotonic

HELLO_FILE: Final = Path(__file__).parents[2] / "filters/wasm/functions/hello.wasm"
HELLO: Final = {"module": "builtin:functions/hello.wasm"}
GREETING: Final = b"Hello, world!\n"
"""What hello.wasm answers, and the static answer beside it."""

READY: Final = "penstock: ready"
READY_S: Final = 120.0
LOOK_S: Final = 0.01

STATIC: Final = {
    "name": "static",
    "match": {"path": {"exact": "/static"}},
    "filters": [{"type": "respond", "body": GREETING.decode()}],
}


def route(name: str) -> dict[str, Any]:
    """Write a route that ends in a function of its name."""
    return {"name": name, "match": {"path": {"exact": f"/{name}"}}, "function": name}


class Site:
    """`document` is its configuration but for the listener and the admin."""

    def __init__(self, directory: Path, cores: Cores, document: Mapping[str, Any]) -> None:
        directory.mkdir(parents=True)
        directory.chmod(0o755)
        self.directory, self._cores = directory, cores
        self._place = Place(directory, free_port(), free_port(), 0)
        whole = {
            "version": 1,
            "workers": 1,
            "listeners": [{"name": "public", "address": f"127.0.0.1:{self._place.port}"}],
            "admin": {"address": f"127.0.0.1:{self._place.admin_port}"},
            **document,
        }
        (directory / "penstock.yaml").write_text(yaml.safe_dump(whole, sort_keys=False))

    @contextmanager
    def running(self) -> Iterator[Server]:
        """Run it while the block does. What it compiles stays in its directory for the next time."""
        environment = {"XDG_CACHE_HOME": str(self.directory)}
        with Server(Penstock(), self._place, self._cores, environment) as server:
            _wait_until_ready(server)
            yield server


def _wait_until_ready(server: Server) -> None:
    """Wait for its worker, not for its port: the supervisor listens before."""
    server.wait_until_listening(READY_S)
    end = monotonic() + READY_S
    while READY not in server.log():
        if monotonic() > end:
            raise BenchError(f"it is not ready:\n{server.log_tail()}")
        time.sleep(LOOK_S)


def expect_body(path: str, body: bytes, wanted: bytes) -> None:
    """Raise BenchError where it is another one."""
    if body != wanted:
        raise BenchError(f"the body of {path} should be {wanted!r:.100}, is {body!r:.100}")
