"""What a file of SecLang says: rules, markers and settings, each with the place where it stands."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where a directive begins; lines count from 1."""

    file: str
    line: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}"


@dataclass(frozen=True, slots=True)
class Selector:
    """Which members of a collection are meant: all, the one of this name, or those whose name the pattern finds."""

    kind: Literal["all", "name", "pattern"] = "all"
    text: str = ""


@dataclass(frozen=True, slots=True)
class Variable:
    """A target, `ARGS:id`; `count` (`&ARGS`) asks how many there are. `collection` is in upper case."""

    collection: str
    selector: Selector = Selector()
    count: bool = False
    excluded: tuple[Selector, ...] = ()


@dataclass(frozen=True, slots=True)
class Operator:
    """`name` is in lower case and without its `@`; `phrases` are the words of a file that `argument` names."""

    name: str
    argument: str = ""
    negated: bool = False
    phrases: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Action:
    """`setvar:tx.score=+5` is ("setvar", "tx.score=+5"). `name` is in lower case."""

    name: str
    argument: str = ""


@dataclass(frozen=True, slots=True)
class Rule:
    """A SecRule, or a SecAction, which has no operator. `chained` are the rules that must match as well, in order.

    `actions` are in the order written, `transformations` are those named since the last `t:none`, in lower case.
    `phase` is 1 to 5, `id` 0 for chained rules, which have none.
    """

    place: Place
    id: int
    phase: int
    variables: tuple[Variable, ...]
    operator: Operator | None
    transformations: tuple[str, ...] = ()
    actions: tuple[Action, ...] = ()
    chained: tuple[Rule, ...] = ()


@dataclass(frozen=True, slots=True)
class Marker:
    """Where a `skipAfter` leads."""

    place: Place
    name: str


@dataclass(frozen=True, slots=True)
class Directive:
    """Any other directive, such as SecRuleRemoveById, with its arguments unquoted; `name` as the manual spells it."""

    place: Place
    name: str
    arguments: tuple[str, ...] = ()


Statement: TypeAlias = Rule | Marker | Directive


@dataclass(slots=True)
class Source:
    """All that was read, in order."""

    statements: list[Statement] = field(default_factory=list)
