import json
import pathlib

import pytest

from bench.fuzz import ROOT, TARGETS, Report, passed, store

SAID = """
tests/config/test_fuzz.py::test_any_text_is_judged:

  - during generate phase (0.93 seconds):
    - 100 passing examples, 0 failing examples, 20 invalid examples

tests/config/test_fuzz.py::test_any_tree_is_judged:

  - during generate phase (1.93 seconds):
    - 300 passing, 0 failing, and 3 invalid test cases
"""


def test_examples_are_counted() -> None:
    assert passed(SAID) == 400


@pytest.mark.parametrize("file", [file for files in TARGETS.values() for file in files])
def test_every_file_is_there_and_fed_by_hypothesis(file: str) -> None:
    assert "@given(" in (ROOT / file).read_text()


def test_what_came_of_it_is_kept(tmp_path: pathlib.Path) -> None:
    report = Report(10.0, rounds=3)
    report.examples["admin calls"] = 1234

    store(report, tmp_path)

    assert json.loads((tmp_path / "fuzz.json").read_text())["examples"] == {"admin calls": 1234}
    assert "| admin calls | tests/config/test_admin_fuzz.py | 1,234 |" in (tmp_path / "fuzz.md").read_text()
    assert "0 failures in 10.0 minutes, 3 rounds." in (tmp_path / "fuzz.md").read_text()
