"""PCRE's patterns in the syntax of Rust's regex 1.7, byte mode, found in the same texts."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from filters.waf.pcre.parser import parse
from filters.waf.pcre.rewriting import Captures, rewritten
from filters.waf.pcre.tree import PatternError
from filters.waf.pcre.writer import written
from filters.waf.refusal import Refused
from filters.waf.texts import encoded


@dataclass(frozen=True, slots=True)
class Translation:
    """`captures` tells what of a match's captures is PCRE's."""

    text: bytes
    captures: Captures


@functools.lru_cache(maxsize=8192)
def translated(pattern: str, *, lines: bool = True, caseless: bool = False) -> Translation:
    """Translate a pattern as libmodsecurity compiles it: DOTALL and MULTILINE, ASCII, on bytes.

    Without `lines` the texts to search have no newline, which spares the pattern to tell lines apart. Raises Refused.
    """
    try:
        tree, captures = rewritten(parse(b"(?i)" * caseless + encoded(pattern), lines=lines))
        return Translation(written(tree).encode("ascii"), captures)
    except PatternError as error:
        raise Refused(f"its pattern cannot be taken: {error}") from error
