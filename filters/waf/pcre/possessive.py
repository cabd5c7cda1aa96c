"""Atomic groups and possessive repeats where plain ones match the same; Rust's regex has none."""

from __future__ import annotations

from filters.waf.pcre.analysis import certain, one_way, persists
from filters.waf.pcre.narrowing import narrowed
from filters.waf.pcre.tree import Atomic, Node, OneOf, PatternError, Repeat


def released(atomic: Atomic, after: tuple[Node, ...], rest: tuple[Node, ...]) -> tuple[Node, tuple[Node, ...]]:
    """Return what the group holds, and what to put for `after`, so that both together match as before.

    `after` are the items behind it in its sequence, `rest` what comes when that ends. Exact, captures included.
    """
    inner = atomic.node
    if one_way(inner) or certain(after + rest):
        return inner, after
    match inner:
        case Repeat(OneOf(members), _, most, False):
            if persists(after + rest, members):
                return inner, after
            # Behind an endless loop that gives nothing back stands none of its bytes.
            head = narrowed(after[0], members) if after and most is None else None
            if head is not None and persists((head, *after[1:], *rest), members):
                return inner, (head, *after[1:])
    raise PatternError("it has a possessive repeat or an atomic group that a plain one cannot stand in for")
