"""When a case of the suite counts as passed, and when as failed."""

from __future__ import annotations

import pytest

from bench.cache_suite.case import Case
from bench.cache_suite.expected import WHY, unexplained


@pytest.mark.parametrize("verdict", ["fail", "optional_fail", "dependency_fail", "setup_fail", "retry", "untested"])
def test_whatever_is_no_pass_is_a_failure_of_a_required_case(verdict: str):
    assert Case("a", "topic", "required", verdict).failed


def test_a_check_answered_with_no_neither_passes_nor_fails():
    case = Case("a", "topic", "check", "no")
    assert (case.passed, case.failed) == (False, False)


def test_a_failure_is_explained_by_its_own_reason_alone():
    known = Case(next(iter(WHY)), "topic", "required", "fail")
    unknown = Case("not-known", "topic", "optimal", "dependency_fail")
    passed = Case("fine", "topic", "required", "pass")
    assert unexplained([known, unknown, passed]) == [unknown]
