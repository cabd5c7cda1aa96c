"""The scenarios themselves."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.oracle import guest
from bench.oracle.catalogue import SCENARIOS
from bench.oracle.guest import Guest
from bench.oracle.scenario import Scenario

LEAST = 30
TEXTS = Path(guest.__file__).parent / "scenarios"


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenarios_guest_compiles_and_says_what_it_must_show(scenario: Scenario):
    assert scenario.guest.wasm().startswith(b"\0asm")
    assert scenario.shows


def test_there_are_enough_scenarios_and_no_two_of_one_name():
    names = {scenario.name for scenario in SCENARIOS}
    assert LEAST <= len(names) == len(SCENARIOS)


def test_every_guest_that_is_written_is_used():
    used = {scenario.guest.file for scenario in SCENARIOS if isinstance(scenario.guest, Guest)}
    assert used == {path.stem for path in TEXTS.glob("*.wat")}
