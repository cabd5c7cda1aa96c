"""How far two servers agree."""

from __future__ import annotations

import pytest

from bench.waf.client import Outcome
from bench.waf.verdict import Kind, Tally, Verdict, by_group, worst


def verdict(reference: Outcome, ours: Outcome, group: str = "a", expected: tuple[int, ...] = ()) -> Verdict:
    return Verdict(group, "title", expected, "", reference, (), ours)


@pytest.mark.parametrize(
    ("reference", "kind"),
    [
        ("blocked", "attack"),
        ("cut", "attack"),
        ("passed", "near-miss"),
        ("refused", "unjudged"),
        ("silent", "unjudged"),
    ],
)
def test_the_reference_says_what_a_probe_is(reference: Outcome, kind: Kind):
    assert verdict(reference, "passed").kind == kind


def test_what_is_called_an_attack_and_passes_the_reference_is_beyond_it():
    assert verdict("passed", "blocked", expected=(942120,)).kind == "beyond"
    assert Verdict("a", "title", (), "attack", "passed", (), "blocked").kind == "beyond"
    assert not verdict("passed", "blocked", expected=(942120,)).differs


def test_a_probe_of_several_requests_is_stopped_where_one_is():
    assert worst(["passed", "blocked", "refused"]) == "blocked"
    assert worst(["passed", "silent"]) == "silent"
    assert worst(["passed", "passed"]) == "passed"


def test_they_differ_where_one_stops_what_the_other_does_not():
    assert verdict("blocked", "passed").differs
    assert verdict("passed", "refused").differs
    assert not verdict("cut", "blocked").differs
    assert not verdict("blocked", "refused").differs
    assert not verdict("passed", "passed").differs
    assert not verdict("refused", "passed").differs


def test_a_tally_counts_what_was_stopped_and_what_of_it_without_the_waf():
    verdicts = [
        verdict("blocked", "blocked"),
        verdict("blocked", "refused"),
        verdict("cut", "passed"),
        verdict("passed", "refused"),
        verdict("passed", "passed"),
        verdict("refused", "passed"),
        verdict("passed", "blocked", expected=(1,)),
    ]
    assert Tally.of("a", verdicts) == Tally("a", 7, 3, 2, 1, 2, 1, 1, 1, 1, 0)


def test_98_of_100_attacks_and_2_of_100_near_misses_are_just_good():
    assert Tally("a", 200, 100, 98, 0, 100, 2, 0, 0, 0, 0).good
    assert not Tally("a", 200, 100, 97, 0, 100, 2, 0, 0, 0, 0).good
    assert not Tally("a", 200, 100, 98, 0, 100, 3, 0, 0, 0, 0).good


def test_a_group_without_attacks_or_near_misses_is_good():
    assert Tally.of("a", []).good


def test_groups_come_in_the_order_of_their_first_probe():
    verdicts = [verdict("passed", "passed", "b"), verdict("passed", "passed", "a"), verdict("blocked", "cut", "b")]
    assert [(tally.group, tally.probes) for tally in by_group(verdicts)] == [("b", 2), ("a", 1)]
