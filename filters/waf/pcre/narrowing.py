"""Trees that match what others do, but for what begins with certain bytes."""

from __future__ import annotations

from filters.waf.pcre.analysis import has_groups, nullable
from filters.waf.pcre.tree import Assertion, Atomic, Choice, Group, Node, OneOf, Repeat, Sequence, choice, sequence


def narrowed(node: Node, members: int) -> Node | None:
    """Return the node without the matches that begin with a byte of the set; None where none are left.

    Parts that may take nothing stay as they are: what they begin with is not theirs alone to say.
    """
    if nullable(node) and not isinstance(node, Choice):
        return node
    match node:
        case OneOf(some):
            return OneOf(some & ~members) if some & ~members else None
        case Sequence((head, *tail)):
            return _sequence(head, tuple(tail), members)
        case Choice(branches):
            return _choice(node, [(branch, narrowed(branch, members)) for branch in branches])
        case Group(inner):
            narrow = narrowed(inner, members)
            return None if narrow is None else Group(narrow)
        case Repeat(inner) if not has_groups(inner):
            return _unrolled(node, narrowed(inner, members))
        case Atomic(Repeat(OneOf() as inner) as repeat):
            return _unrolled(repeat, narrowed(inner, members), atomic=True)
        case _:
            return node


def _choice(node: Choice, branches: list[tuple[Node, Node | None]]) -> Node | None:
    if any(narrow is None and has_groups(branch) for branch, narrow in branches):
        return node  # Without the branch its groups' numbers would be those of others.
    left = tuple(narrow for _, narrow in branches if narrow is not None)
    return choice(left) if left else None


def _sequence(head: Node, tail: tuple[Node, ...], members: int) -> Node | None:
    if isinstance(head, Assertion):
        narrow = narrowed(sequence(tail), members)
        return None if narrow is None else Sequence((head, narrow))
    narrow = narrowed(head, members)
    return None if narrow is None else Sequence((narrow, *tail))


def _unrolled(repeat: Repeat, once: Node | None, *, atomic: bool = False) -> Node | None:
    """Return the repeat with another node for its first time."""
    if once is None:
        return None
    most = None if repeat.most is None else repeat.most - 1
    more: Node = Repeat(repeat.node, repeat.least - 1, most, repeat.lazy)
    return Sequence((once, Atomic(more) if atomic else more))
