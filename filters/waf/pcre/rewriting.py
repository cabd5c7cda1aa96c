"""Rewrites a tree without what Rust's regex has not: atomic groups, looks, PCRE's line starts and `\\Z`."""

from __future__ import annotations

from enum import Enum

from filters.waf.pcre.analysis import certain, has_groups, nodes, nullable
from filters.waf.pcre.byte_set import NEWLINE
from filters.waf.pcre.line_start import line_start
from filters.waf.pcre.lookaround import folded_in, taken
from filters.waf.pcre.order import ordered
from filters.waf.pcre.possessive import released
from filters.waf.pcre.tree import (
    Assertion,
    Atomic,
    Choice,
    Group,
    Look,
    Node,
    OneOf,
    PatternError,
    Repeat,
    Sequence,
    choice,
    sequence,
)

_NO_ITEMS: tuple[Node, ...] = ()


class Captures(Enum):
    """What a match captures, against PCRE's. Whether there is one is always the same."""

    SAME = "all of it"
    GROUPS = "the numbered groups; the whole match may differ"
    NONE = "nothing for sure"


def rewritten(tree: Node) -> tuple[Node, Captures]:
    """Return a tree that finds the same texts, and what of its captures is the same."""
    rewriter = _Rewriter()
    result = rewriter.node(tree, _NO_ITEMS, begins=True)
    # With another beginning, or another way through a loop, another branch may come first.
    moved = rewriter.begins_earlier or any(map(_goes_round_in_vain, nodes(tree)))
    if moved and has_groups(tree):
        return ordered(result), Captures.NONE
    return ordered(result), Captures.GROUPS if moved or rewriter.widened else Captures.SAME


def _is_hard_to_count(node: Node) -> bool:
    """Say whether what follows the node differs from round to round, or Rust's regex 1.7 loses it: `(?:a\\z){2}`."""
    return isinstance(node, Atomic | Look) or node in (Assertion.START, Assertion.END)


def _goes_round_in_vain(node: Node) -> bool:
    """Say whether a loop may take nothing in a round: PCRE leaves it then, Rust's regex tries on."""
    return isinstance(node, Repeat) and node.most is None and nullable(node.node)


class _Rewriter:
    """`rest` is what is to match behind a node up to the pattern's end; `begins`: nothing stands before it."""

    def __init__(self) -> None:
        self.widened = False
        self.begins_earlier = False

    def node(self, node: Node, rest: tuple[Node, ...], *, begins: bool) -> Node:
        match node:
            case Sequence(items):
                return self.sequence(items, rest, begins=begins)
            case Choice(branches):
                return choice(tuple(self.node(branch, rest, begins=begins) for branch in branches))
            case Group(inner):
                return self.group(inner, rest, begins=begins)
            case Repeat():
                return self.repeat(node, rest)
            case Atomic() | Look() | Assertion.LINE_START:
                return self.sequence((node,), rest, begins=begins)
            case Assertion.LAST_LINE_END:
                return self.last_line_end(rest)
            case _:
                return node

    def sequence(self, items: tuple[Node, ...], rest: tuple[Node, ...], *, begins: bool) -> Node:
        done: list[Node] = []
        while items:
            item, after = items[0], items[1:]
            if isinstance(item, Atomic):
                item, after = released(item, after, rest)
            elif isinstance(item, Look):
                item, after = self.look(item, after, rest, begins=begins and not done)
            elif item is Assertion.LINE_START:
                item, items = self.line_start(after, rest, begins=begins and not done)
                done.append(item)
                continue
            done.append(self.node(item, after + rest, begins=begins and not done))
            items = after
        return sequence(tuple(done))

    def repeat(self, repeat: Repeat, rest: tuple[Node, ...]) -> Node:
        inner = repeat.node
        if repeat.least > 1 and any(map(_is_hard_to_count, nodes(inner))):
            raise PatternError("a counted repeat has an atomic group, a look or an end of the text in it")
        again = _NO_ITEMS if repeat.most in (0, 1) else (Repeat(inner, 0, None),)
        return Repeat(self.node(inner, again + rest, begins=False), repeat.least, repeat.most, repeat.lazy)

    def group(self, inner: Node, rest: tuple[Node, ...], *, begins: bool) -> Node:
        outside, self.widened = self.widened, False
        node = self.node(inner, rest, begins=begins)
        if self.widened:
            raise PatternError("a numbered group would hold more than PCRE keeps in it")
        self.widened = outside
        return Group(node)

    def line_start(
        self, after: tuple[Node, ...], rest: tuple[Node, ...], *, begins: bool
    ) -> tuple[Node, tuple[Node, ...]]:
        if not all(map(nullable, after + rest)):
            return Assertion.LINE_START, after
        if rest:
            raise PatternError("behind '^' stands nothing but what may take nothing")
        if begins and certain(after):
            return Assertion.START, after
        self.widened = True
        return line_start(self.sequence(after, _NO_ITEMS, begins=False)), _NO_ITEMS

    def look(
        self, look: Look, after: tuple[Node, ...], rest: tuple[Node, ...], *, begins: bool
    ) -> tuple[Node, tuple[Node, ...]]:
        if begins if look.behind else not after + rest:
            self.widened = True
            self.begins_earlier |= look.behind
            return taken(look), after
        if not after:
            return folded_in(look, sequence(_NO_ITEMS)), after
        return folded_in(look, after[0]), after[1:]

    def last_line_end(self, rest: tuple[Node, ...]) -> Node:
        if rest:
            raise PatternError(r"'\Z', or '$' without the flag 'm', stands before the pattern's end")
        self.widened = True
        return Sequence((Repeat(OneOf(NEWLINE), 0, 1), Assertion.END))
