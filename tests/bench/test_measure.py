"""Which works share their rounds."""

from __future__ import annotations

from bench.measure import together
from bench.works import WORKS, Work


def test_a_work_is_measured_in_the_rounds_of_its_base():
    base, other, more = Work("base", ""), Work("other", ""), Work("more", "", base="base")
    assert together([base, other, more]) == [[base, more], [other]]


def test_a_work_without_its_base_is_measured_all_the_same():
    more = Work("more", "", base="base")
    assert together([more]) == [[more]]


def test_every_base_is_a_work():
    assert {work.base for work in WORKS if work.base} <= {work.name for work in WORKS}
