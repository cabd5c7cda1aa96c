"""Answers of an origin: those that give something away, and those that only speak of such things."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from kit.waf_attacks.placing import HERE


@dataclass(frozen=True, slots=True)
class Given:
    """One answer; `leaks` says what it is."""

    name: str
    leaks: bool
    status: int
    kind: str
    body: str


def answers(*, leaks: bool) -> Iterator[Given]:
    for line in (HERE / "answers.jsonl").read_text().splitlines():
        given = Given(**json.loads(line))
        if given.leaks is leaks:
            yield given
