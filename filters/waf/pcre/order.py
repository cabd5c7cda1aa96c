r"""Puts assertions in the order in which Rust's regex 1.7 finds them all.

Its automaton judges `^` by the byte behind it, `\b` and `$` by the next one as well, and forgets a `^` that comes
after these: `\B^` finds nothing where `^\B` does. At one place all hold or not in whatever order.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from filters.waf.pcre.analysis import nullable
from filters.waf.pcre.tree import Assertion, Choice, Group, Node, PatternError, Repeat, Sequence, choice, sequence

_RANKS: Final = {
    Assertion.START: 0,
    Assertion.LINE_START: 0,
    Assertion.BOUNDARY: 1,
    Assertion.NO_BOUNDARY: 1,
    Assertion.LINE_END: 2,
    Assertion.END: 2,
}


def ordered(node: Node) -> Node:
    """Return the rewritten tree with assertions in order; refuse it where groups or loops keep them apart."""
    match node:
        case Sequence():
            items = _sorted(tuple(ordered(item) for item in _flat(node)))
            _check(items)
            return sequence(items)
        case Choice(branches):
            return choice(tuple(map(ordered, branches)))
        case Group(inner):
            return Group(ordered(inner))
        case Repeat(inner, least, most, lazy):
            again = ordered(inner)
            if most != 1:
                _check((again, again))
            return Repeat(again, least, most, lazy)
        case _:
            return node


def _flat(node: Sequence) -> Iterator[Node]:
    for item in node.items:
        if isinstance(item, Sequence):
            yield from _flat(item)
        else:
            yield item


def _sorted(items: tuple[Node, ...]) -> tuple[Node, ...]:
    done: list[Node] = []
    run: list[Assertion] = []
    for item in items:
        if isinstance(item, Assertion):
            run.append(item)
        else:
            done += [*_in_order(run), item]
            run = []
    return (*done, *_in_order(run))


def _in_order(run: list[Assertion]) -> list[Assertion]:
    return sorted(run, key=_RANKS.__getitem__)


def _check(items: tuple[Node, ...]) -> None:
    for index, item in enumerate(items):
        last = max(_ranks(item, backwards=True), default=0)
        for follower in items[index + 1 :]:
            if min(_ranks(follower, backwards=False), default=last) < last:
                raise PatternError(r"'^' or '\b' comes, with nothing between, after '$' or '\b' in another group")
            if not nullable(follower):
                break


def _ranks(node: Node, *, backwards: bool) -> Iterator[int]:
    """Yield the ranks of the assertions that may be met before any byte, from the node's beginning or its end."""
    match node:
        case Assertion():
            yield _RANKS[node]
        case Choice(branches):
            for branch in branches:
                yield from _ranks(branch, backwards=backwards)
        case Group(inner) | Repeat(inner):
            yield from _ranks(inner, backwards=backwards)
        case Sequence(items):
            for item in reversed(items) if backwards else items:
                yield from _ranks(item, backwards=backwards)
                if not nullable(item):
                    break
