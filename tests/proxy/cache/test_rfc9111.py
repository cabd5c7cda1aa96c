"""The reasons of all verdicts: a fixed set of words, each with the place where it is written."""

import re
from pathlib import Path

import pytest

from proxy.cache import admission, reuse, storing
from proxy.cache.verdict import Verdict

RULES = [verdict for _, verdict in admission._RULES]
CONSTANTS = [value for module in (reuse, storing) for value in vars(module).values() if isinstance(value, Verdict)]
VERDICTS = [*RULES, *CONSTANTS]
TESTS = "".join((Path(__file__).parent / f"test_{name}.py").read_text() for name in ("admission", "reuse", "storing"))


@pytest.mark.parametrize("verdict", VERDICTS, ids=lambda verdict: verdict.reason)
def test_every_reason_is_one_word_with_a_section_and_a_test(verdict: Verdict) -> None:
    assert re.fullmatch(r"[a-z]+(_[a-z]+)*", verdict.reason)
    assert verdict.section == "policy" or re.fullmatch(r"RFC \d{4} §\d+(\.\d+)*", verdict.section)
    assert f'"{verdict.reason}"' in TESTS


def test_no_reason_means_two_things() -> None:
    places: dict[str, set[str]] = {}
    for verdict in VERDICTS:
        places.setdefault(f"{verdict.action} {verdict.reason}", set()).add(verdict.section)
    assert all(len(sections) == 1 for sections in places.values())
