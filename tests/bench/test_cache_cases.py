"""The cache's micro-benchmark does what it times."""

from __future__ import annotations

import pytest

from bench.cache_cases import MOST_US_A_DECISION, cases, stored
from bench.timing import Case

CASES = cases()


@pytest.mark.parametrize("case", CASES, ids=[case.title for case in CASES])
def test_every_case_can_be_timed_twice(case: Case):
    case.call()
    case.call()


def test_decisions_have_a_limit_and_nothing_else_has():
    limited = [case.title for case in CASES if case.limit_us == MOST_US_A_DECISION]
    assert limited == [case.title for case in CASES if case.title.startswith("decide on a hit")]


def test_what_is_stored_is_whole():
    assert len(stored().body) == 110
