"""The file that has the id of the process to send signals to."""

from __future__ import annotations

import contextlib
import os
import pathlib

from proxy.errors import StartError


class PidFile:
    """Written whole each time, in place of the one before: who watches it sees each change, and no half of one."""

    def __init__(self, path: pathlib.Path) -> None:
        self._path = path

    def write(self) -> None:
        """Say that it is this process; raises StartError."""
        beside = self._path.with_name(f"{self._path.name}.{os.getpid()}")
        try:
            beside.write_text(f"{os.getpid()}\n")
            beside.replace(self._path)
        except OSError as error:
            raise StartError(f"cannot write the pid file: {error}") from error

    def remove(self) -> None:
        """Remove it, unless it is a successor's."""
        with contextlib.suppress(OSError, ValueError):
            if int(self._path.read_text()) == os.getpid():
                self._path.unlink()
