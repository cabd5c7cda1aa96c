"""The result that is kept: it is of these scenarios, all of them, and nothing in it failed."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bench.oracle.__main__ import RESULTS
from bench.oracle.catalogue import SCENARIOS
from bench.oracle.scenario import Scenario

KEPT: dict[str, Any] = json.loads((RESULTS / "oracle.json").read_text())
ROWS: dict[str, Any] = {row["name"]: row for row in KEPT["rows"]}


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda scenario: scenario.name)
def test_a_scenario_passed_as_it_is_now(scenario: Scenario):
    row = ROWS.get(scenario.name)
    assert row is not None, "it was never run: make oracle"
    assert row["fingerprint"] == scenario.fingerprint(), "it has changed since: make oracle"
    assert row["verdict"] == ("differs as meant" if scenario.known else "same")


def test_no_row_is_of_a_scenario_that_is_gone():
    assert set(ROWS) == {scenario.name for scenario in SCENARIOS}


def test_the_page_to_read_is_of_the_same_run():
    page = (RESULTS / "oracle.md").read_text()
    assert all(f"{title} {version}" in page for title, version in KEPT["versions"].items())
    assert all(f"`{name}`" in page for name in ROWS)
