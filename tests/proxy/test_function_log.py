"""The last lines of functions, and those who read along."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.clock import FakeClock

from proxy import function_log
from proxy.function_log import LINE_BYTES, MOST_BYTES, MOST_FOLLOWERS, MOST_LINES, FunctionLog, TooManyFollowers


def add(log: FunctionLog, name: str, *texts: str, lost: int = 0) -> None:
    lines = [{"function": name, "version": "v1", "level": "info", "text": text, "at": 1.0} for text in texts]
    log.take(0, {"lines": lines, "lost": {name: lost} if lost else {}})


def texts(log: FunctionLog, name: str, most: int = MOST_LINES) -> list[str]:
    return [line["text"] for line in log.recent(name, most)]


def test_the_last_lines_are_kept_in_order() -> None:
    log = FunctionLog()
    add(log, "hello", "one", "two")
    add(log, "hello", "three")
    assert texts(log, "hello") == ["one", "two", "three"]
    assert (texts(log, "hello", 2), texts(log, "hello", 0), texts(log, "other")) == (["two", "three"], [], [])


def test_a_line_says_where_it_is_from() -> None:
    log = FunctionLog()
    log.take(3, {"lines": [{"function": "a", "version": "v", "level": "warn", "text": "x", "at": 2.0}], "lost": {}})
    [line] = log.recent("a")
    told = {"at": 2.0, "worker": 3, "version": "v", "level": "warn", "text": "x"}
    assert line == {"id": line["id"], **told}


def test_so_many_are_kept_of_a_function() -> None:
    log = FunctionLog()
    add(log, "hello", *map(str, range(MOST_LINES + 5)))
    assert (texts(log, "hello")[0], len(texts(log, "hello"))) == ("5", MOST_LINES)


def test_ids_rise_also_over_a_restart() -> None:
    with FakeClock(of="wall_clock") as clock:
        before, after = FunctionLog(), None
        add(before, "hello", "a", "b")
        clock.advance(1)
        after = FunctionLog()
        add(after, "hello", "c")
    ids = [line["id"] for log in (before, after) for line in log.recent("hello")]
    assert ids == sorted(set(ids))


def test_who_comes_back_gets_what_came_meanwhile() -> None:
    log = FunctionLog()
    add(log, "hello", "one", "two")
    seen = log.recent("hello")[-1]["id"]
    add(log, "hello", "three")
    assert [line["text"] for line in log.recent("hello", after=seen)] == ["three"]


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 2000)), max_size=60))
def test_all_together_are_bounded_and_each_keeps_its_last(told: list[tuple[str, int]]) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(function_log, "MOST_BYTES", most := 8 * LINE_BYTES)
        log = FunctionLog()
        for name, size in told:
            add(log, name, "x" * size)
            kept = [line for name in "abc" for line in log.recent(name)]
            assert sum(LINE_BYTES + len(line["text"]) for line in kept) <= most
            assert texts(log, name)[-1:] == ["x" * size]


def test_who_has_been_silent_longest_loses_lines_first() -> None:
    log, large = FunctionLog(), "x" * (MOST_BYTES // 4)
    add(log, "old", "a")
    add(log, "new", *[large] * 4)
    assert (log.knows("old"), log.knows("new")) == (False, True)


# -- followers


async def test_a_follower_gets_what_was_and_what_comes() -> None:
    log = FunctionLog()
    add(log, "hello", "one")
    with log.follow("hello", log.recent("hello")) as follower:
        add(log, "other", "not this")
        add(log, "hello", "two")
        lines, lost = await follower.take()
        assert ([line["text"] for line in lines], lost) == (["one", "two"], 0)


async def test_a_follower_waits_for_news() -> None:
    log = FunctionLog()
    with log.follow("hello") as follower:
        taking = asyncio.ensure_future(follower.take())
        await asyncio.sleep(0)
        assert not taking.done()
        add(log, "hello", "one")
        assert [line["text"] for line in (await taking)[0]] == ["one"]


async def test_a_slow_follower_loses_the_oldest_and_is_told_how_many() -> None:
    log = FunctionLog()
    with log.follow("hello") as follower:
        add(log, "hello", *map(str, range(MOST_LINES + 7)))
        lines, lost = await follower.take()
        assert (lines[0]["text"], len(lines), lost) == ("7", MOST_LINES, 7)


async def test_lines_that_were_lost_in_a_worker_are_told() -> None:
    log = FunctionLog()
    with log.follow("hello") as follower:
        add(log, "hello", "one", lost=5)
        assert (await follower.take())[1] == 5


async def test_so_many_may_follow() -> None:
    log = FunctionLog()
    following = [log.follow("hello") for _ in range(MOST_FOLLOWERS)]
    for each in following:
        each.__enter__()
    with pytest.raises(TooManyFollowers), log.follow("hello"):
        pass
    following[0].__exit__(None, None, None)
    with log.follow("hello"):
        pass
