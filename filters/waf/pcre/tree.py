"""A pattern as a tree. What a pattern's flags say (case, dot, line ends) is settled in it already."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import TypeAlias


class PatternError(Exception):
    """A pattern is not one of PCRE's, or says what Rust's regex cannot. The text is the reason."""


class Assertion(Enum):
    """What holds at a place and takes no bytes; the value is how Rust's regex writes it."""

    START = r"\A"
    LINE_START = "(?m:^)"
    LINE_END = "(?m:$)"
    END = r"\z"
    LAST_LINE_END = r"\Z"
    """Rust has none; see `rewriting`."""
    BOUNDARY = r"\b"
    NO_BOUNDARY = r"\B"


@dataclass(frozen=True, slots=True)
class OneOf:
    """One byte out of a set (see `byte_set`)."""

    members: int


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after another."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """The first branch that lets the whole match."""

    branches: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Group:
    """A part whose match is kept, as the next number."""

    node: Node


@dataclass(frozen=True, slots=True)
class Repeat:
    """At least `least` times, at most `most`, None for no bound."""

    node: Node
    least: int
    most: int | None
    lazy: bool = False


@dataclass(frozen=True, slots=True)
class Atomic:
    """What matched once and is not tried otherwise: `(?>…)`, and possessive repeats such as `a++`."""

    node: Node


@dataclass(frozen=True, slots=True)
class Look:
    """What stands ahead of a place, or behind it, or must not."""

    node: Node
    behind: bool
    negated: bool


Node: TypeAlias = OneOf | Sequence | Choice | Group | Repeat | Atomic | Look | Assertion


def sequence(items: tuple[Node, ...]) -> Node:
    """Return the items one after another, without a wrapper around a single one."""
    return items[0] if len(items) == 1 else Sequence(items)


def choice(branches: tuple[Node, ...]) -> Node:
    """Return the choice between branches, without a wrapper around a single one."""
    return branches[0] if len(branches) == 1 else Choice(branches)
