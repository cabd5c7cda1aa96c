"""PCRE's patterns, rewritten and written as Rust's regex has them."""

from __future__ import annotations

from filters.waf.pcre.parser import parse
from filters.waf.pcre.rewriting import Captures, rewritten
from filters.waf.pcre.writer import written


def put(pattern: str, *, lines: bool = True) -> tuple[str, Captures]:
    """Return the pattern without the flags that all have, and what of its captures is PCRE's."""
    tree, captures = rewritten(parse(pattern.encode(), lines=lines))
    return written(tree).removeprefix("(?s-u)"), captures
