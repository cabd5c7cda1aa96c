"""Cuts a logical line into words: a directive's name and its arguments, unquoted."""

from __future__ import annotations

import re
from typing import Final

from filters.waf.seclang.faults import Report, excerpt

# An unquoted word may have single quotes inside, as in ARGS:'/^a|b$/'. A double quote ends it, as in libmodsecurity.
_WORD = re.compile(
    r"""[ \t]*(?:
        "(?P<double>[^"\\]*(?:\\.[^"\\]*)*)"
      | '(?P<single>[^'\\]*(?:\\.[^'\\]*)*)'
      | (?P<plain>[^ \t"'](?:\\[^ \t]|[^ \t"])*)
    )[ \t]*""",
    re.VERBOSE | re.DOTALL,
)
_ESCAPED: Final = {quote: re.compile(rf"\\(?:(\\)|({quote}))", re.DOTALL) for quote in "\"'"}


def unescape(text: str, quote: str) -> str:
    r"""Resolve `\"` (or `\'`). Every other backslash stays, and protects the next one: patterns are full of them."""
    if f"\\{quote}" not in text:
        return text
    return _ESCAPED[quote].sub(lambda found: found[2] or found[0], text)


def words(line: str, report: Report) -> list[str]:
    """Return the words up to the end, or to a quote that nothing closes, which is reported."""
    found, position = [], 0
    while position < len(line):
        word = _WORD.match(line, position)
        if word is None:
            report(f"nothing closes the quote before {excerpt(line[position + 1 :])}; a line goes on if it ends in \\")
            break
        found.append(_unquoted(word))
        position = word.end()
    return found


def _unquoted(word: re.Match[str]) -> str:
    if word["single"] is not None:
        return unescape(word["single"], "'")
    return unescape(word["plain"] if word["double"] is None else word["double"], '"')
