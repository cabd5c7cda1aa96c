"""`penstock run` in a process of its own, for clients that block: the command line's, above all."""

from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from kit.command import PROGRAM

PATIENCE_S = 60.0


class Penstock:
    """`lines` are what it wrote to standard error."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.lines: list[str] = []
        self._ready = threading.Event()
        self.process = subprocess.Popen(
            [sys.executable, "-P", "-c", PROGRAM, "run", "penstock.yaml"],
            cwd=directory,
            env={**os.environ, "PYTHONPATH": str(pathlib.Path(__file__).parents[2])},
            stderr=subprocess.PIPE,
            text=True,
        )
        self._reading = threading.Thread(target=self._read, name="standard error of penstock")
        self._reading.start()

    def _read(self) -> None:
        assert self.process.stderr is not None
        for line in self.process.stderr:
            self.lines.append(line.rstrip())
            if "penstock: ready" in line:
                self._ready.set()
        self._ready.set()

    def wait(self) -> None:
        """Wait until it serves, or has ended."""
        assert self._ready.wait(PATIENCE_S), self.lines
        assert self.process.poll() is None, self.lines

    def stop(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(PATIENCE_S)
        finally:
            self.process.kill()
            self._reading.join(PATIENCE_S)
            assert self.process.stderr is not None
            self.process.stderr.close()


@contextmanager
def penstock_process(directory: pathlib.Path, configuration: str) -> Iterator[Penstock]:
    """Run a configuration until the block ends."""
    (directory / "penstock.yaml").write_text(configuration)
    penstock = Penstock(directory)
    try:
        penstock.wait()
        yield penstock
    finally:
        penstock.stop()
