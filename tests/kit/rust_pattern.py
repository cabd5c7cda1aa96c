"""Patterns in the syntax of Rust's regex, run by Python's: what the translation writes means the same in both.

Whether Rust's own takes them is for the guest's tests.
"""

from __future__ import annotations

import re

Span = tuple[int, int] | None

_FLAGS = re.compile(rb"\(\?(i?)s-u\)")
_ESCAPE = re.compile(rb"\\.", re.DOTALL)
_IN_PYTHON = {rb"\z": rb"\Z", rb"\B": rb"(?:(?<=\w)(?=\w)|(?<!\w)(?!\w))"}
"""Before 3.14 Python's `\\B` finds nothing in an empty text."""


class RustPattern:
    """A translated pattern, `(?s-u)…` or `(?is-u)…`."""

    def __init__(self, pattern: bytes) -> None:
        flags = _FLAGS.match(pattern)
        assert flags is not None, "every translation begins with its flags"
        body = _ESCAPE.sub(lambda each: _IN_PYTHON.get(each[0], each[0]), pattern[flags.end() :])
        self._pattern = re.compile(body, re.DOTALL | (re.IGNORECASE if flags[1] else re.NOFLAG))

    def search(self, text: bytes) -> list[Span] | None:
        """Return where each group matched, the whole first; None if nothing was found."""
        found = self._pattern.search(text)
        if found is None:
            return None
        spans = (found.span(group) for group in range(self._pattern.groups + 1))
        return [None if span == (-1, -1) else span for span in spans]
