"""Keeps names that are no names out of the log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, TypeAlias

Hook: TypeAlias = Callable[[Any], object]


@contextmanager
def foul_names_unsaid() -> Iterator[None]:
    """Let Python's ssl refuse a name that is not ASCII without a traceback, of which clients could fill a disk."""
    before: Hook = sys.unraisablehook

    def pass_on(unraisable: Any) -> None:
        if not isinstance(unraisable.exc_value, UnicodeDecodeError):
            before(unraisable)

    sys.unraisablehook = pass_on
    try:
        yield
    finally:
        sys.unraisablehook = before
