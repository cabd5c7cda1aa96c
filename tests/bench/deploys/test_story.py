"""Which version may answer: any that has been in force since the request began."""

from __future__ import annotations

import pytest

from bench.deploys.story import Story, Version
from bench.load.connection import Answer
from bench.load.ledger import Wrong
from bench.load.messages import Head


def told(text: str, status: int = 200) -> Answer:
    return Answer(Head(["HTTP/1.1", str(status), "OK"], {}), text.encode())


def test_while_a_change_is_under_way_both_may_answer():
    story = Story("one")
    page = Version("/fn", story)
    target = page.target(1)
    story.begin("two")
    page.check(target, told("one"))
    page.check(target, told("two"))
    page.check(page.target(2), told("one"))


def test_once_its_call_has_returned_what_was_before_may_answer_nobody_new():
    story = Story("one")
    page = Version("/fn", story)
    early = page.target(1)
    story.begin("two")
    story.settle()
    page.check(early, told("one"))
    page.check(page.target(2), told("two"))
    with pytest.raises(Wrong, match=r"'one' answered /fn\?settled=1, for which only \['two'\] may"):
        page.check(page.target(2), told("one"))


def test_after_a_rollback_the_former_version_is_the_one_again():
    story = Story("one")
    page = Version("/fn", story)
    for answer in ("two", "one"):
        story.begin(answer)
        story.settle()
    assert story.latest == "one"
    page.check(page.target(1), told("one"))
    with pytest.raises(Wrong):
        page.check(page.target(1), told("two"))


def test_any_other_status_is_wrong():
    with pytest.raises(Wrong, match="503"):
        Version("/fn", Story("one")).check("/fn?settled=0", told("one", 503))
