"""Who may change the registry: one process at a time, for one change.

The lock goes with the process that has it, however that ends (flock(2)). It is held for a change and no longer: after
an upgrade the old process may take hours to end, and its successor must be able to deploy at once.
"""

from __future__ import annotations

import fcntl
import os
import pathlib
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from wasm_host.functions.registry.errors import Busy, RegistryError

LOOK_S: Final = 0.02


@contextmanager
def locked(file: pathlib.Path, within_s: float) -> Iterator[None]:
    """Hold the lock, for which it waits for a while. Blocks; raises Busy."""
    try:
        descriptor = os.open(file, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise RegistryError(f"{file}: {error.strerror}") from error
    try:
        _take(descriptor, file, within_s)
        yield
    finally:
        os.close(descriptor)


def _take(descriptor: int, file: pathlib.Path, within_s: float) -> None:
    deadline = time.monotonic() + within_s
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= deadline:
                raise Busy(f"another process is changing the functions of {file.parent}; try again") from None
            time.sleep(LOOK_S)
        else:
            return
