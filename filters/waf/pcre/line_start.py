"""PCRE's `^`, which does not hold behind a text's last newline; that of Rust's regex does."""

from __future__ import annotations

from filters.waf.pcre.analysis import has_groups, nullable
from filters.waf.pcre.byte_set import ALL
from filters.waf.pcre.tree import Assertion, Choice, Node, OneOf, PatternError, Repeat, Sequence, choice


def line_start(following: Node) -> Node:
    """Return what `^` and what follows match, where that ends the pattern and may take nothing.

    A byte must follow a later line's start. Where no byte of the match shows it, one more is taken.
    """
    if has_groups(following):
        raise PatternError("behind '^' stands a numbered group that may take nothing")
    nothing = [Sequence((place, OneOf(ALL))) for place in _empty(following)]
    later = choice((*_taking(following), *nothing))
    return Choice((Sequence((Assertion.START, following)), Sequence((Assertion.LINE_START, later))))


def _taking(node: Node) -> list[Node]:
    """Return branches that match what the node does, but for nothing."""
    if not nullable(node):
        return [node]
    match node:
        case Sequence(items):
            return [
                Sequence((*items[:index], some, *items[index + 1 :]))
                for index, item in enumerate(items)
                for some in _taking(item)
            ]
        case Choice(branches):
            return [some for branch in branches for some in _taking(branch)]
        case Repeat(inner, 0, most, lazy) if not nullable(inner):
            return [inner if most == 1 else Repeat(inner, 1, most, lazy)]
        case Assertion():
            return []
        case _:
            raise PatternError("behind '^' stands something that may take nothing in a way that cannot be rewritten")


def _empty(node: Node) -> list[Node]:
    """Return branches that match where the node may take nothing, and take nothing."""
    match node:
        case Sequence(items):
            places: list[Node] = [Sequence(())]
            for item in items:
                places = [Sequence((before, some)) for before in places for some in _empty(item)]
            return places
        case Choice(branches):
            return [some for branch in branches for some in _empty(branch)]
        case Repeat(_, 0):
            return [Sequence(())]
        case OneOf():
            return []
        case _:
            return [node]
