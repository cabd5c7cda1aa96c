"""The words of `@pm`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from filters.waf.texts import encoded

_PART: Final = re.compile(rb"\|(?P<hex>(?:[0-9A-Fa-f]{2})*)\||\\(?P<escaped>[:;\\\"])|(?P<plain>[^|\\])", re.DOTALL)


def phrases(argument: str) -> tuple[bytes, ...]:
    r"""Return the words of an argument such as `a|25|b c`: hexadecimal bytes between bars, `\` before `:;\"`.

    An argument with any other `\` or bar is taken as it stands, and words end at blanks, those in hexadecimal
    too (libmodsecurity's pm.cc).
    """
    text = _unquoted(encoded(argument))
    return distinct(_decoded(text).split())


def distinct(words: Iterable[bytes]) -> tuple[bytes, ...]:
    """Return words that differ in more than case, in their first spelling."""
    spelled: dict[bytes, bytes] = {}
    for word in words:
        spelled.setdefault(word.lower(), word)
    return tuple(spelled.values())


def _unquoted(text: bytes) -> bytes:
    text = text.lstrip(b" \t")
    quoted = len(text) > 2 and text[:1] == text[-1:] == b'"'
    return text[1:-1] if quoted else text


def _decoded(text: bytes) -> bytes:
    decoded, position = bytearray(), 0
    while position < len(text):
        found = _PART.match(text, position)
        if found is None:
            return text
        position = found.end()
        decoded += (
            bytes.fromhex(found["hex"].decode()) if found["hex"] is not None else found["escaped"] or found["plain"]
        )
    return bytes(decoded)
