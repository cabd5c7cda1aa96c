"""Looks ahead and behind, put as matches of the bytes that they look at; Rust's regex has none."""

from __future__ import annotations

import itertools

from filters.waf.pcre.analysis import first, has_groups, nullable
from filters.waf.pcre.byte_set import ALL, inverted
from filters.waf.pcre.narrowing import narrowed
from filters.waf.pcre.tree import (
    Assertion,
    Choice,
    Group,
    Look,
    Node,
    OneOf,
    PatternError,
    Repeat,
    Sequence,
    choice,
)

_MOST_WORDS = 256
_Word = tuple[int, ...]
"""A set of bytes for each place."""


def taken(look: Look) -> Node:
    """Return what matches where the look holds, but takes what it looked at.

    The whole match is wider then, so nothing may stand where it looks: before it, or behind it.
    """
    if not look.negated:
        return look.node
    words = _words(look.node)
    if has_groups(look.node) or not all(words):
        raise _refusal(look)
    if look.behind:
        return _none_of([word[::-1] for word in words], Assertion.START, behind=True)
    return _none_of(words, Assertion.END, behind=False)


def folded_in(look: Look, following: Node) -> Node:
    """Return what is to follow a look ahead at one byte, with the look in it; refuse other looks."""
    if look.behind or not isinstance(look.node, OneOf) or nullable(following):
        raise _refusal(look)
    unwanted = look.node.members if look.negated else inverted(look.node.members)
    narrow = narrowed(following, unwanted)
    if narrow is None or first(narrow) & unwanted:
        raise _refusal(look)
    return narrow


def _refusal(look: Look) -> PatternError:
    mark = "(?" + "<" * look.behind + ("!" if look.negated else "=")
    return PatternError(
        f"it looks {'behind' if look.behind else 'ahead'} with '{mark}' in a way that cannot be rewritten"
    )


def _words(node: Node) -> list[_Word]:
    """Spell out all that a node matches; refuse what is no short list of words."""
    match node:
        case OneOf(members):
            return [(members,)]
        case Sequence(items):
            return _joined([_words(item) for item in items])
        case Choice(branches):
            return _short([word for branch in branches for word in _words(branch)])
        case Group(inner):
            return _words(inner)
        case Repeat(inner, least, int(most)) if most <= _MOST_WORDS:
            return _short([word for times in range(least, most + 1) for word in _joined([_words(inner)] * times)])
        case _:
            raise PatternError("it looks ahead or behind for what is no short list of words")


def _joined(parts: list[list[_Word]]) -> list[_Word]:
    words: list[_Word] = [()]
    for part in parts:
        words = _short([before + after for before, after in itertools.product(words, part)])
    return words


def _short(words: list[_Word]) -> list[_Word]:
    if len(words) > _MOST_WORDS:
        raise PatternError(f"it looks ahead or behind for more than {_MOST_WORDS} words")
    return words


def _none_of(words: list[_Word], edge: Assertion, *, behind: bool) -> Node:
    """Match the fewest bytes that show that none of the words is here, or the text's edge before that."""
    branches: list[Node] = [edge]
    for members, tails in _steps(words):
        if not tails:
            branches.append(OneOf(members))
        elif all(tails):
            deeper = _none_of(tails, edge, behind=behind)
            branches.append(Sequence((deeper, OneOf(members)) if behind else (OneOf(members), deeper)))
    return choice(tuple(branches))


def _steps(words: list[_Word]) -> list[tuple[int, list[_Word]]]:
    """Sort the bytes by what is left of the words after each."""
    steps: list[tuple[int, list[_Word]]] = [(ALL, [])]
    for head, *tail in words:
        split = []
        for members, tails in steps:
            split += [(members & ~head, tails), (members & head, [*tails, tuple(tail)])]
        steps = [(members, tails) for members, tails in split if members]
    return steps
