"""Deploys that end in the middle: `python killed.py STORE…` changes each store, and is killed at another step.

A step is a line of the registry's code, or a statement that SQLite is about to run. Each store's change is made by a
child of this process, forked, for it takes so many; the first is let finish. Writes to stdout how many steps it had.
"""

from __future__ import annotations

import os
import pathlib
import signal
import sqlite3
import sys
from types import FrameType
from typing import Any

from wasm_host.functions import registry as package
from wasm_host.functions.registry.changes import Deploy
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.version import Deployed, settings_of

CODE = str(pathlib.Path(package.__file__).parent)

NEW = b"\0asm\1\0\0\0new"
NOW_S = 1_700_000_000.0


class Steps:
    """Counts steps from when it is begun; `last` is the one at which the process ends, 0 is none."""

    def __init__(self, last: int) -> None:
        self.count, self._last = 0, last

    def begin(self) -> None:
        connect = sqlite3.connect

        def connected(*arguments: Any, **options: Any) -> sqlite3.Connection:
            connection = connect(*arguments, **options)
            connection.set_trace_callback(lambda statement: self._step())
            return connection

        sqlite3.connect = connected  # type: ignore[assignment]
        sys.settrace(self._trace)

    def _trace(self, frame: FrameType, event: str, argument: object) -> Any:
        if not frame.f_code.co_filename.startswith(CODE):
            return None
        if event == "line":
            self._step()
        return self._trace

    def _step(self) -> None:
        self.count += 1
        if self.count == self._last:
            os.kill(os.getpid(), signal.SIGKILL)


def deploy(store: pathlib.Path) -> None:
    """Do as a deploy does: one more version, the last that is kept, and the oldest goes."""
    registry = Registry(store, lambda: NOW_S)
    with registry.changing():
        sha256 = registry.blobs.keep(NEW)
        brought = Deployed("hello", sha256, len(NEW), "edge", settings_of({"config": {"word": "new"}}))
        registry.proposed(Deploy(brought, "live", most_versions=2)).commit()
        registry.sweep()


def deployed_by_child(store: pathlib.Path, last: int) -> int:
    """Return how many steps it took, 0 where it was killed."""
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        steps = Steps(last)
        steps.begin()
        deploy(store)
        sys.settrace(None)
        os.write(writing, str(steps.count).encode())
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading) as told:
        count = told.read()
    os.waitpid(child, 0)
    return int(count or 0)


def main() -> None:
    whole, *stores = map(pathlib.Path, sys.argv[1:])
    count = deployed_by_child(whole, 0)
    for number, store in enumerate(stores):
        deployed_by_child(store, 1 + number * (count - 1) // len(stores))
    print(count)


if __name__ == "__main__":
    main()
