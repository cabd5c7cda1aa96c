"""Watching files: when some have changed, and the change is whole."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Final, TypeAlias

PERIOD_S: Final = 1.0

Stamp: TypeAlias = tuple[int, int, int]
Look: TypeAlias = Mapping[str, Stamp | None]
"""What tells a file from what it was, by path; None for one that is not there."""


class Quiet:
    """Decides when what is seen is worth acting on. Pure: it is told each look."""

    def __init__(self, look: Look) -> None:
        self._known = self._last = look

    def changed(self, look: Look) -> bool:
        """Tell, once for each change, that files have changed and were the same at the last two looks.

        A file that was not looked at before has not changed.
        """
        self._known = {path: self._known.get(path, stamp) for path, stamp in look.items()}
        last, self._last = self._last, look
        if look == self._known or look != last:
            return False
        self._known = look
        return True


def look(paths: Sequence[str]) -> Look:
    """Look at files, through symbolic links: a mounted ConfigMap changes by having its link point elsewhere."""
    return {path: _stamp(path) for path in paths}


def _stamp(path: str) -> Stamp | None:
    try:
        found = os.stat(path)
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_ino


async def watch(paths: Callable[[], Sequence[str]], act: Callable[[], Awaitable[object]]) -> None:
    """Act each time that files have changed, until cancelled; `paths` is asked before each look."""
    quiet = Quiet(await asyncio.to_thread(look, paths()))
    while True:
        await asyncio.sleep(PERIOD_S)
        if (watched := paths()) and quiet.changed(await asyncio.to_thread(look, watched)):
            await act()
