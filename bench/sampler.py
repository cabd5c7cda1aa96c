"""A sampling profiler that rides in a Python process: every few milliseconds of CPU time it notes the stack.

Where the process was inside C code (llhttp, uvloop, a system call), the Python line that called it is noted; what
uvloop does between two callbacks counts for the next line that runs.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
from collections import Counter
from pathlib import Path
from types import FrameType

PERIOD_S = 0.001
SAMPLES_PER_SAVE = 500


class Sampler:
    """Counts functions: where the CPU was (`own`), and what was anywhere on the stack (`all`)."""

    def __init__(self, directory: Path) -> None:
        self._path = directory / f"{os.getpid()}.profile"
        self.own: Counter[str] = Counter()
        self.all: Counter[str] = Counter()

    def start(self) -> None:
        signal.signal(signal.SIGPROF, self._sample)
        signal.setitimer(signal.ITIMER_PROF, PERIOD_S, PERIOD_S)
        atexit.register(self._stop)

    def _stop(self) -> None:
        """Stop the timer before the interpreter gives up its handlers: SIGPROF would then kill the process."""
        signal.setitimer(signal.ITIMER_PROF, 0)
        self.save()

    def _sample(self, _: int, frame: FrameType | None) -> None:
        if frame is None or is_importing(frame):
            return
        self.own[place(frame)] += 1
        self.all.update(stack(frame))
        if self.own.total() % SAMPLES_PER_SAVE == 0:
            self.save()

    def save(self) -> None:
        self._path.write_text(json.dumps({"own": self.own, "all": self.all}))


def is_importing(frame: FrameType | None) -> bool:
    """Tell whether a module is being imported, which is no part of serving."""
    while frame is not None:
        if frame.f_code.co_filename == "<frozen importlib._bootstrap>":
            return True
        frame = frame.f_back
    return False


def stack(frame: FrameType | None) -> set[str]:
    """Return the functions on the stack, each once."""
    found = set()
    while frame is not None:
        found.add(place(frame))
        frame = frame.f_back
    return found


def place(frame: FrameType) -> str:
    code = frame.f_code
    return f"{'/'.join(Path(code.co_filename).parts[-2:])}:{code.co_firstlineno} {code.co_qualname}"
