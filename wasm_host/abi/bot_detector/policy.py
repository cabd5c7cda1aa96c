"""What becomes of a request by the detector's verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from wasm_host.abi.bot_detector.challenge import Challenge

Verdict: TypeAlias = Literal["human", "known_bot", "suspicious"]
Action: TypeAlias = Literal["allow", "log", "challenge", "block"]

_VERDICTS: Final[Mapping[int, Verdict]] = {0: "human", 1: "known_bot"}


def verdict_of(answer: int) -> Verdict:
    """Read a detector's number: what is neither a human nor a bot that it knows is suspicious."""
    return _VERDICTS.get(answer, "suspicious")


@dataclass(frozen=True, slots=True)
class Policy:
    """An action for each verdict. `field` is the name of the one that tells the origin the verdict.

    Where an action is `challenge` there is one.
    """

    actions: Mapping[Verdict, Action]
    field: str | None = None
    challenge: Challenge | None = None
