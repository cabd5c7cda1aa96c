"""Whether two observations are the same, and if not, whether as the scenario says."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Literal

from bench.oracle.scenario import Scenario

Observation = Mapping[str, Sequence[str]]
Verdict = Literal["same", "differs as meant", "failed"]


@dataclass(frozen=True)
class Difference:
    """The lines of a section that only one host shows."""

    section: str
    envoy: tuple[str, ...]
    penstock: tuple[str, ...]


@dataclass(frozen=True)
class Row:
    """A scenario's result. `faults` say what failed."""

    name: str
    about: str
    fingerprint: str
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    faults: tuple[str, ...] = ()


def judge(scenario: Scenario, envoy: Observation, penstock: Observation) -> Row:
    found = differences(envoy, penstock)
    meant = {known: Difference(known.section, known.envoy, known.penstock) for known in scenario.known}
    faults = [
        *(f"Envoy does not show: {line}" for line in missing(scenario, envoy)),
        *(f"not as known: {known.section} ({known.reason})" for known in meant if meant[known] not in found),
        *(f"differs: {difference.section}" for difference in found if difference not in meant.values()),
    ]
    return Row(
        scenario.name,
        scenario.about,
        scenario.fingerprint(),
        "failed" if faults else "differs as meant" if found else "same",
        tuple(found),
        tuple(dict.fromkeys(f"{known.reason} ({known.reference})" for known in scenario.known)),
        tuple(faults),
    )


def broken(scenario: Scenario, why: str) -> Row:
    """Make the row of a scenario that could not be run."""
    return Row(scenario.name, scenario.about, scenario.fingerprint(), "failed", faults=(why,))


def missing(scenario: Scenario, envoy: Observation) -> list[str]:
    """Return the lines that must be there for the guest to have done its work."""
    seen = {line for lines in envoy.values() for line in lines}
    start = "serving" if scenario.starts else "refused"
    return [line for line in (start, *scenario.shows) if line not in seen]


def differences(envoy: Observation, penstock: Observation) -> list[Difference]:
    found = [_difference(section, envoy, penstock) for section in dict.fromkeys([*envoy, *penstock])]
    return [each for each in found if each.envoy or each.penstock]


def _difference(section: str, envoy: Observation, penstock: Observation) -> Difference:
    ours, theirs = list(penstock.get(section, ())), list(envoy.get(section, ()))
    changes = SequenceMatcher(None, theirs, ours, autojunk=False).get_opcodes()
    changed = [(theirs[a:b], ours[c:d]) for kind, a, b, c, d in changes if kind != "equal"]
    return Difference(
        section,
        tuple(line for lines, _ in changed for line in lines),
        tuple(line for _, lines in changed for line in lines),
    )
