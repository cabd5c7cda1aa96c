"""What a web application firewall decided about an exchange, as a value; read from the JSON that its guest hands over.

A guest works on what attackers send, so nothing of what it says is taken on trust: every text is cut, every number
bounded, and what is not of this form is refused as a whole.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias, cast, get_args

Action: TypeAlias = Literal["passed", "detected", "blocked"]
"""In the order of gravity: nothing came of it, it would have been blocked, it was blocked."""
Overflow: TypeAlias = Literal["body", "arguments", "depth", "work"]
"""Which bound left a part of the exchange without inspection."""

MOST_BYTES: Final = 128 * 1024
"""Of a decision's JSON."""
MOST_MATCHES: Final = 64
MOST_TAGS: Final = 32
LONGEST_TEXT: Final = 256
LARGEST_NUMBER: Final = 2**31 - 1

_ACTIONS: Final = get_args(Action)
_OVERFLOWS: Final = get_args(Overflow)


@dataclass(frozen=True, slots=True)
class Match:
    """A rule that matched; `target` is such as `ARGS:id`, `matched` what it found there, masked by the guest."""

    rule: int
    severity: str
    message: str
    target: str
    matched: str
    tags: tuple[str, ...]
    file: str
    line: int


@dataclass(frozen=True, slots=True)
class Judgement:
    """What the filter of this name made of an exchange in which at least one rule matched, or a bound was met.

    `rule` is the one that decided, 0 where none did; `phase` and `status` are of that decision. `inbound` and
    `outbound` are the anomaly scores of request and response.
    """

    filter: str
    action: Action
    phase: int
    rule: int
    status: int
    inbound: int
    outbound: int
    paranoia: int
    overflow: Overflow | None
    matches: tuple[Match, ...]

    @property
    def score(self) -> int:
        return self.inbound + self.outbound

    @property
    def rules(self) -> tuple[int, ...]:
        """The ids of the rules that matched, each once, in the order of their first match."""
        return tuple(dict.fromkeys(match.rule for match in self.matches))

    def outweighs(self, other: Judgement) -> bool:
        """Tell whether this is the graver one, where two filters judged an exchange."""
        return (_ACTIONS.index(self.action), self.score) > (_ACTIONS.index(other.action), other.score)


def read_judgement(filter: str, text: bytes) -> Judgement:
    """Read what a filter's guest says; matches and tags that are too many are left out. Raises ValueError."""
    if len(text) > MOST_BYTES:
        raise ValueError(f"longer than {MOST_BYTES} bytes")
    try:
        said = json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
    if not isinstance(said, dict):
        raise ValueError("not a JSON object")
    return Judgement(
        filter,
        action=cast(Action, _word(said, "action", _ACTIONS)),
        phase=_number(said, "phase"),
        rule=_number(said, "rule"),
        status=_number(said, "status"),
        inbound=_number(said, "inbound"),
        outbound=_number(said, "outbound"),
        paranoia=_number(said, "paranoia"),
        overflow=None if said.get("overflow") is None else cast(Overflow, _word(said, "overflow", _OVERFLOWS)),
        matches=tuple(map(_match, _listed(said, "matches")[:MOST_MATCHES])),
    )


def _match(said: Any) -> Match:
    if not isinstance(said, dict):
        raise ValueError("a match is not a JSON object")
    return Match(
        _number(said, "rule"),
        _text(said, "severity"),
        _text(said, "message"),
        _text(said, "target"),
        _text(said, "matched"),
        tuple(map(_tag, _listed(said, "tags")[:MOST_TAGS])),
        _text(said, "file"),
        _number(said, "line"),
    )


def _tag(said: Any) -> str:
    if not isinstance(said, str):
        raise ValueError("a tag is not a text")
    return said[:LONGEST_TEXT]


def _number(said: dict[str, Any], key: str) -> int:
    """Return a number, 0 where there is none."""
    found = said.get(key)
    if found is None:
        return 0
    if type(found) is not int or not -LARGEST_NUMBER <= found <= LARGEST_NUMBER:
        raise ValueError(f"{key} is not a number of 32 bits")
    return found


def _text(said: dict[str, Any], key: str) -> str:
    found = said.get(key, "")
    if not isinstance(found, str):
        raise ValueError(f"{key} is not a text")
    return found[:LONGEST_TEXT]


def _word(said: dict[str, Any], key: str, known: Sequence[str]) -> str:
    found = said.get(key)
    if found not in known:
        raise ValueError(f"{key} is none of {', '.join(known)}")
    return cast(str, found)


def _listed(said: dict[str, Any], key: str) -> list[Any]:
    found = said.get(key, [])
    if not isinstance(found, list):
        raise ValueError(f"{key} is not a list")
    return found
