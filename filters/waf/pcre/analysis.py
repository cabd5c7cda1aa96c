"""What can be said of a tree without running it: what it may begin with, and whether it may take nothing."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from filters.waf.pcre.byte_set import ALL, NEWLINE
from filters.waf.pcre.tree import Assertion, Atomic, Choice, Group, Look, Node, OneOf, Repeat, Sequence

EDGES: Final = (Assertion.LINE_END, Assertion.END, Assertion.LAST_LINE_END)
"""What holds at the text's end."""


def nullable(node: Node) -> bool:
    """Say whether the node may match without taking a byte, whatever its assertions ask for."""
    match node:
        case OneOf():
            return False
        case Sequence(items):
            return all(map(nullable, items))
        case Choice(branches):
            return any(map(nullable, branches))
        case Repeat(inner, least):
            return least == 0 or nullable(inner)
        case Group(inner) | Atomic(inner):
            return nullable(inner)
        case _:
            return True


def first(node: Node) -> int:
    """Return the set of bytes that a match may begin with; assertions are taken as held, so it may be too large."""
    match node:
        case OneOf(members):
            return members
        case Sequence(items):
            return _first_of(items)
        case Choice(branches):
            union = 0
            for branch in branches:
                union |= first(branch)
            return union
        case Repeat(inner) | Group(inner) | Atomic(inner):
            return first(inner)
        case _:
            return 0


def _first_of(items: tuple[Node, ...]) -> int:
    union = 0
    for item in items:
        union |= first(item)
        if not nullable(item):
            break
    return union


def nodes(node: Node) -> Iterator[Node]:
    """Yield the node and all below it."""
    yield node
    match node:
        case Sequence(parts) | Choice(parts):
            for part in parts:
                yield from nodes(part)
        case Repeat(inner) | Group(inner) | Atomic(inner) | Look(inner):
            yield from nodes(inner)


def has_groups(node: Node) -> bool:
    """Say whether anything in it is kept as a numbered group."""
    return any(isinstance(each, Group) for each in nodes(node))


def hangs(node: Node) -> bool:
    """Say whether it may take nothing by leave of an assertion: whether it does hangs on where it stands."""
    match node:
        case OneOf():
            return False
        case Sequence(items):
            return nullable(node) and any(map(hangs, items))
        case Choice(branches):
            return any(map(hangs, branches))
        case Repeat(inner) | Group(inner) | Atomic(inner):
            return hangs(inner)
        case _:
            return True


def sure(node: Node) -> bool:
    """Say whether the node matches everywhere, if only nothing."""
    return nullable(node) and not hangs(node)


def certain(items: tuple[Node, ...]) -> bool:
    """Say whether the items match in any text, from any place in it."""
    for index, item in enumerate(items):
        if _rest_of_text(item):
            return all(each in EDGES for each in items[index + 1 :])
        if not sure(item):
            return False
    return True


def _rest_of_text(node: Node) -> bool:
    if isinstance(node, Group):
        return _rest_of_text(node.node)
    return isinstance(node, Repeat) and node.node == OneOf(ALL) and (node.least, node.most) == (0, None)


def one_way(node: Node) -> bool:
    """Say whether the node has at most one way to match at a place, so that to try again is in vain."""
    match node:
        case OneOf() | Assertion() | Look() | Atomic():
            return True
        case Sequence(items):
            return all(map(one_way, items))
        case Group(inner):
            return one_way(inner)
        case Repeat(inner, least, most):
            return least == most and one_way(inner)
        case _:
            return False


def persists(items: tuple[Node, ...], members: int) -> bool:
    """Say whether what matches before a byte of the set must match behind it, too, and take no byte more.

    In terms of languages: the items' derivative by any such byte is contained in their language. So a loop over
    the set in front of them gains nothing by giving bytes back, and what is left at its end decides.
    """
    for index, item in enumerate(items):
        if item is Assertion.END:
            return True  # It does not hold before a byte.
        if item in (Assertion.LINE_END, Assertion.LAST_LINE_END):
            return not members & NEWLINE
        if hangs(item):
            return _apart(items[index:], members)
        if not _persists(item, members):
            return False
        if not nullable(item):
            return True
    return True


def _apart(items: tuple[Node, ...], members: int) -> bool:
    """Say whether the items take something, and begin with nothing out of the set."""
    return not all(map(nullable, items)) and not _first_of(items) & members


def _persists(node: Node, members: int) -> bool:
    if not first(node) & members:
        return True
    match node:
        case Repeat(OneOf(), 0, None) | Atomic(Repeat(OneOf(), 0, None)):
            return True
        case Repeat(inner, 0, None) | Group(inner):
            return _persists(inner, members)
        case Choice(branches):
            return all(_persists(branch, members) for branch in branches)
        case Sequence(items):
            return persists(items, members)
        case _:
            return False
