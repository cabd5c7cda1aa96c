"""What two servers made of the same probes, and how far they agree."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from bench.waf.client import Outcome
from bench.waf.probe import Label

Kind: TypeAlias = Literal["attack", "near-miss", "beyond", "unjudged"]

LEAST_BLOCKED: Final = 0.98
"""Of the attacks that the reference blocks."""
MOST_STOPPED: Final = 0.02
"""Of the near-misses that it lets through."""

BY_WAF: Final = ("blocked", "cut")
WORST_FIRST: Final[tuple[Outcome, ...]] = ("blocked", "cut", "refused", "silent", "passed")


def worst(outcomes: Iterable[Outcome]) -> Outcome:
    """Return what a probe of several requests comes to: it is stopped where one of them is."""
    return min(outcomes, key=WORST_FIRST.index)


@dataclass(frozen=True)
class Verdict:
    """A probe, by its group and title, with its outcomes; `matched` are the rules that it matched at the reference."""

    group: str
    title: str
    expected: tuple[int, ...]
    label: Label
    reference: Outcome
    matched: tuple[int, ...]
    ours: Outcome

    @property
    def kind(self) -> Kind:
        """An attack is what the reference's WAF blocks; what its server refuses on its own says nothing of a WAF.

        What it lets through is a near-miss, unless its author calls it an attack, which rules of a higher paranoia
        level find: then it is beyond what is judged here, and whoever stops it makes no mistake.
        """
        if self.reference in BY_WAF:
            return "attack"
        if self.reference != "passed":
            return "unjudged"
        return "beyond" if self.expected or self.label == "attack" else "near-miss"

    @property
    def stopped(self) -> bool:
        return self.ours != "passed"

    @property
    def differs(self) -> bool:
        """Whether that is a mistake."""
        return self.stopped != (self.kind == "attack") and self.kind in ("attack", "near-miss")


@dataclass(frozen=True)
class Tally:
    """How many verdicts there are of each kind; of those stopped, `…_refused` were stopped without the WAF."""

    group: str
    probes: int
    attacks: int
    attacks_stopped: int
    attacks_refused: int
    near_misses: int
    near_misses_stopped: int
    near_misses_refused: int
    beyond: int
    beyond_stopped: int
    beyond_refused: int

    @classmethod
    def of(cls, group: str, verdicts: Sequence[Verdict]) -> Tally:
        def of_kind(kind: Kind) -> tuple[int, int, int]:
            return counts([verdict for verdict in verdicts if verdict.kind == kind])

        return cls(group, len(verdicts), *of_kind("attack"), *of_kind("near-miss"), *of_kind("beyond"))

    @property
    def blocked_share(self) -> float:
        return self.attacks_stopped / self.attacks if self.attacks else 1.0

    @property
    def stopped_share(self) -> float:
        """Return how many near-misses the WAF stopped; what the server before it refuses is no mistake of rules."""
        return (self.near_misses_stopped - self.near_misses_refused) / self.near_misses if self.near_misses else 0.0

    @property
    def lost_share(self) -> float:
        """Return how many near-misses were stopped, whoever did it."""
        return self.near_misses_stopped / self.near_misses if self.near_misses else 0.0

    @property
    def good(self) -> bool:
        return self.blocked_share >= LEAST_BLOCKED and self.stopped_share <= MOST_STOPPED


def counts(verdicts: Sequence[Verdict]) -> tuple[int, int, int]:
    """Count all, those that Penstock stopped, and of these those that its WAF did not stop."""
    stopped = [verdict for verdict in verdicts if verdict.stopped]
    return len(verdicts), len(stopped), sum(verdict.ours not in BY_WAF for verdict in stopped)


def by_group(verdicts: Sequence[Verdict]) -> list[Tally]:
    groups = dict.fromkeys(verdict.group for verdict in verdicts)
    return [Tally.of(group, [each for each in verdicts if each.group == group]) for group in groups]
