"""Same, different as meant, or failed."""

from __future__ import annotations

from dataclasses import replace

from bench.oracle.compare import Difference, broken, differences, judge
from bench.oracle.guest import Guest
from bench.oracle.scenario import Known, Scenario

SCENARIO = Scenario("some", "something", Guest("silent"), shows=("status 200",))
SEEN = {"start": ["serving"], "answer 1": ["status 200", "x-a: 1"], "guest": ["info on_log 2"]}
OTHER = SEEN | {"answer 1": ["status 500", "x-a: 1"]}
KNOWN = Known("answer 1", ("status 200",), ("status 500",), "meant", "somewhere")


def test_equal_observations_are_the_same():
    row = judge(SCENARIO, SEEN, SEEN)
    assert (row.verdict, row.differences, row.faults) == ("same", (), ())


def test_a_difference_fails_and_names_the_lines_of_each_side():
    row = judge(SCENARIO, SEEN, OTHER)
    assert row.verdict == "failed"
    assert row.differences == (Difference("answer 1", ("status 200",), ("status 500",)),)
    assert row.faults == ("differs: answer 1",)


def test_a_difference_that_the_scenario_states_is_meant():
    row = judge(replace(SCENARIO, known=(KNOWN,)), SEEN, OTHER)
    assert (row.verdict, row.reasons) == ("differs as meant", ("meant (somewhere)",))


def test_a_reason_for_differences_in_several_sections_is_given_once():
    known = (KNOWN, replace(KNOWN, section="guest", envoy=("info on_log 2",), penstock=()))
    row = judge(replace(SCENARIO, known=known), SEEN, OTHER | {"guest": []})
    assert (row.verdict, row.reasons) == ("differs as meant", ("meant (somewhere)",))


def test_a_difference_that_is_stated_and_does_not_show_fails():
    row = judge(replace(SCENARIO, known=(KNOWN,)), SEEN, SEEN)
    assert row.faults == ("not as known: answer 1 (meant)",)


def test_a_guest_that_does_not_show_what_it_is_for_fails_even_if_both_hosts_agree():
    row = judge(replace(SCENARIO, shows=("status 204",)), SEEN, SEEN)
    assert row.faults == ("Envoy does not show: status 204",)


def test_a_guest_that_is_to_be_refused_must_be():
    row = judge(replace(SCENARIO, starts=False), SEEN, SEEN)
    assert row.faults == ("Envoy does not show: refused",)


def test_sections_that_one_side_lacks_differ():
    assert differences({"a": ["1"]}, {"b": ["2"]}) == [Difference("a", ("1",), ()), Difference("b", (), ("2",))]


def test_moved_lines_differ():
    assert differences({"guest": ["1", "2"]}, {"guest": ["2", "1"]}) != []


def test_a_scenario_that_cannot_be_run_has_a_row_that_failed():
    assert broken(SCENARIO, "no such host").faults == ("no such host",)


def test_a_changed_scenario_has_another_fingerprint():
    assert SCENARIO.fingerprint() == replace(SCENARIO).fingerprint()
    assert SCENARIO.fingerprint() != replace(SCENARIO, config="other").fingerprint()
