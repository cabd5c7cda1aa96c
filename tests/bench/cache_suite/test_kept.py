"""The result that is kept: of the whole suite, the same for each server, and as good as it has to be."""

from __future__ import annotations

from collections import Counter

import pytest

from bench.cache_suite.__main__ import RESULTS
from bench.cache_suite.expected import WHY, unexplained
from bench.cache_suite.report import Report, Run, load
from bench.cache_suite.servers import SERVERS
from bench.cache_suite.suite import FINGERPRINT

LEAST_REQUIRED, LEAST_OPTIMAL = 158, 95
"""Of 160 and 105."""

KEPT = load(RESULTS)
OURS = [run for run in KEPT if run.ours]
each_of_ours = pytest.mark.parametrize("run", OURS, ids=[run.server for run in OURS])


def test_every_server_was_run():
    assert [run.server for run in KEPT] == [server.name for server in SERVERS], "make conformance"


@pytest.mark.parametrize("run", KEPT, ids=[run.server for run in KEPT])
def test_all_of_the_suite_was_run(run: Run):
    assert Counter(case.kind for case in run.cases) == {"required": 160, "optimal": 105, "check": 100}
    assert "untested" not in {case.verdict for case in run.cases}


def test_all_were_run_with_the_suite_at_the_fixed_commit():
    assert {run.fingerprint for run in KEPT} == {FINGERPRINT}


@each_of_ours
def test_penstock_passes_as_many_as_it_has_to(run: Run):
    assert run.passed("required") >= LEAST_REQUIRED
    assert run.passed("optimal") >= LEAST_OPTIMAL


@each_of_ours
def test_every_failure_has_its_reason(run: Run):
    assert unexplained(run.cases) == []


def test_no_reason_is_given_for_what_passes():
    assert {case.id for run in OURS for case in run.cases if case.failed} == set(WHY)


def test_the_page_to_read_is_of_the_same_run():
    report = Report(KEPT, [server.name for server in SERVERS])
    assert (RESULTS / "cache_suite.md").read_text() == report.markdown(), "make conformance"
