"""Writes a tree in the syntax of Rust's regex 1.7, for its byte mode."""

from __future__ import annotations

from filters.waf.pcre import byte_set
from filters.waf.pcre.analysis import nodes
from filters.waf.pcre.tree import Assertion, Choice, Group, Node, OneOf, Repeat, Sequence


def written(tree: Node) -> str:
    """Return the pattern with the flags that it needs; the tree must be one that was rewritten."""
    caseless = _caseless(tree)
    return f"(?{'i' * caseless}s-u){_alone(tree, caseless)}"


def _caseless(tree: Node) -> bool:
    """Say whether a letter stands somewhere in both cases, and nowhere in one alone."""
    sets = {each.members for each in nodes(tree) if isinstance(each, OneOf)}
    return any(map(_letter, sets)) and all(byte_set.folded(each) == each for each in sets)


def _letter(members: int) -> int:
    """Return the small letter of a set that has it in both cases and nothing else, or the empty set."""
    small = members & byte_set.LOWER
    return small if small and not small & (small - 1) and members == byte_set.folded(small) else 0


def _alone(node: Node, caseless: bool) -> str:
    """Write a node that has its own brackets, or the pattern, to itself."""
    if isinstance(node, Choice):
        return "|".join(_inline(branch, caseless) for branch in node.branches)
    return _inline(node, caseless)


def _inline(node: Node, caseless: bool) -> str:
    match node:
        case OneOf(members):
            return _one_of(members, caseless)
        case Assertion():
            return str(node.value)
        case Sequence(items):
            return "".join(_inline(item, caseless) for item in items)
        case Group():
            return f"({_alone(node.node, caseless)})"
        case Repeat(inner, least, most, lazy):
            return _repeated(inner, caseless) + _quantifier(least, most) + "?" * lazy
        case _:
            return f"(?:{_alone(node, caseless)})"


def _repeated(node: Node, caseless: bool) -> str:
    if isinstance(node, OneOf | Group):
        return _inline(node, caseless)
    return f"(?:{_alone(node, caseless)})"


def _one_of(members: int, caseless: bool) -> str:
    return byte_set.written(_letter(members) or members) if caseless else byte_set.written(members)


def _quantifier(least: int, most: int | None) -> str:
    match least, most:
        case 0, None:
            return "*"
        case 1, None:
            return "+"
        case 0, 1:
            return "?"
        case _:
            upper = "" if most is None else most
            return f"{{{least}}}" if least == most else f"{{{least},{upper}}}"
