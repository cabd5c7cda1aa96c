"""What the guest gets: rules in its own terms, numbers for names. The numbers of words are `seclang.tables`'."""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, IntFlag
from typing import Final, TypeAlias

NO_SEVERITY: Final = 255


class Flag(IntFlag):
    """What holds of a rule."""

    MORE = 1
    """Another rule of the same chain follows."""
    HEAD = 2
    """The first of its chain, or alone."""
    CAPTURE = 4
    MULTI_MATCH = 8
    ACTION = 16
    """A SecAction: it looks at nothing and always matches."""
    NO_LOG = 32
    NO_AUDIT_LOG = 64


class Disruptive(IntEnum):
    """What becomes of a request that the rule matches."""

    PASS = 0
    BLOCK = 1
    ALLOW = 2
    ALLOW_REQUEST = 3
    ALLOW_PHASE = 4
    REDIRECT = 5


class Change(IntEnum):
    """What `setvar` does."""

    SET = 0
    ADD = 1
    SUBTRACT = 2
    UNSET = 3


@dataclass(frozen=True, slots=True)
class Everything:
    """All members of a collection."""


@dataclass(frozen=True, slots=True)
class Named:
    """The members of this name, which is in lower case."""

    name: bytes


@dataclass(frozen=True, slots=True)
class Matching:
    """The members whose names a pattern finds; it is given by its index."""

    pattern: int


Selector: TypeAlias = Everything | Named | Matching


@dataclass(frozen=True, slots=True)
class Variable:
    """Members of a collection; `count` asks only how many."""

    collection: int
    count: bool = False
    selector: Selector = Everything()
    excluded: tuple[Selector, ...] = ()


@dataclass(frozen=True, slots=True)
class Literal:
    """Text that stands for itself."""

    text: bytes


@dataclass(frozen=True, slots=True)
class Reference:
    """`%{COLLECTION.selector}`, to be replaced by the value; `selector` is in lower case, empty if there is none."""

    collection: int
    selector: bytes


Macro: TypeAlias = tuple[Literal | Reference, ...]


@dataclass(frozen=True, slots=True)
class SetVar:
    """A change of the TX variable of this name."""

    name: Macro
    change: Change
    value: Macro = ()


@dataclass(frozen=True, slots=True)
class RemoveRules:
    """`rules` are indices of heads."""

    rules: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class RemoveTarget:
    """The rules (indices of heads) are not to look at the target."""

    rules: tuple[int, ...]
    target: Variable


@dataclass(frozen=True, slots=True)
class SwitchEngine:
    """0 off, 1 on, 2 detection only."""

    value: int


@dataclass(frozen=True, slots=True)
class SetBodyProcessor:
    """0 urlencoded, 1 multipart, 2 JSON, 3 XML, 255 any other."""

    value: int


@dataclass(frozen=True, slots=True)
class ForceRequestBody:
    """1: REQUEST_BODY is filled though no processor asks for it."""

    value: int


@dataclass(frozen=True, slots=True)
class AccessRequestBody:
    """0 off, 1 on."""

    value: int


@dataclass(frozen=True, slots=True)
class AccessResponseBody:
    """0 off, 1 on."""

    value: int


Ctl: TypeAlias = (
    RemoveRules
    | RemoveTarget
    | SwitchEngine
    | SetBodyProcessor
    | ForceRequestBody
    | AccessRequestBody
    | AccessResponseBody
)


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule of a chain. `pipeline`, `operand`, `tags` and `file` are indices into the set's tables.

    `operand` is 0 for operators without pattern or phrases. `skip_after` is 0, or 1 more than the index of the rule
    to go on with, which may be that behind the last. Chained rules have the id 0.
    """

    id: int
    phase: int
    flags: Flag
    paranoia: int
    pipeline: int
    variables: tuple[Variable, ...]
    operator: int
    negated: bool
    argument: Macro
    operand: int
    disruptive: Disruptive
    status: int
    severity: int
    msg: Macro
    tags: tuple[int, ...]
    skip_after: int
    skip: int
    setvars: tuple[SetVar, ...]
    ctls: tuple[Ctl, ...]
    file: int
    line: int


@dataclass(frozen=True, slots=True)
class Setting:
    """A directive that sets something, by the manual's name."""

    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class RuleSet:
    """All rules in order, chained ones behind their head, and the tables that they refer to."""

    name: bytes
    settings: tuple[Setting, ...]
    pipelines: tuple[tuple[int, ...], ...]
    patterns: tuple[bytes, ...]
    phrase_sets: tuple[tuple[bytes, ...], ...]
    files: tuple[bytes, ...]
    tags: tuple[bytes, ...]
    rules: tuple[Rule, ...]
