"""What is known of a word of SecLang, of each kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import Enum
from types import MappingProxyType
from typing import TypeVar

W = TypeVar("W", bound="Word")


class Support(Enum):
    """How far a name is supported; the value is what the documentation says."""

    YES = "yes"
    NO_EFFECT = "accepted, without effect"
    EMPTY = "accepted, always empty"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Word:
    """A name as the manual spells it; `number` is the blob's, None where it has none."""

    name: str
    support: Support = Support.YES
    number: int | None = None

    @property
    def supported(self) -> bool:
        return self.support is not Support.NO


@dataclass(frozen=True, slots=True)
class OperatorWord(Word):
    """`argument` tells whether it takes one, and then needs it; `from_file`, whether that names files of phrases."""

    argument: bool = True
    from_file: bool = False


@dataclass(frozen=True, slots=True)
class CollectionWord(Word):
    """`members` tells whether `NAME:member` may be written; `flag` is the member of `number` that the name means."""

    members: bool = False
    flag: str = ""


class Argument(Enum):
    """Whether an action has something behind a colon."""

    NONE = "none"
    MAY = "may"
    MUST = "must"


@dataclass(frozen=True, slots=True)
class ActionWord(Word):
    """`disruptive` actions decide what happens to the request: only the first rule of a chain may have them."""

    argument: Argument = Argument.NONE
    disruptive: bool = False


@dataclass(frozen=True, slots=True)
class DirectiveWord(Word):
    """`least` and `most` bound how many arguments it takes; None: any number."""

    least: int = 1
    most: int | None = 1


def table(*groups: Iterable[W]) -> Mapping[str, W]:
    """Index words by their names in lower case, for SecLang doesn't care."""
    return MappingProxyType({word.name.lower(): word for group in groups for word in group})


def like(names: str, word: W) -> list[W]:
    """Return a word like this one for each name, blanks between."""
    return [replace(word, name=name) for name in names.split()]
