"""When watched files have changed."""

import asyncio
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.supervised import PATIENCE_S

from proxy import watch as watching
from proxy.watch import Look, Quiet, look, watch

A: Look = {"x": (1, 1, 1)}
B: Look = {"x": (2, 1, 1)}
C: Look = {"x": (3, 1, 1)}


def decided(first: Look, *looks: Look) -> list[bool]:
    quiet = Quiet(first)
    return [quiet.changed(each) for each in looks]


def test_nothing_changed_is_nothing_to_act_on() -> None:
    assert decided(A, A, A) == [False, False]


def test_a_change_is_acted_on_once_it_is_seen_twice() -> None:
    assert decided(A, B, B, B) == [False, True, False]


def test_a_file_that_still_changes_is_waited_for() -> None:
    assert decided(A, B, C, C) == [False, False, True]


def test_a_change_that_is_undone_in_time_is_none() -> None:
    assert decided(A, B, A, A) == [False, False, False]


def test_what_was_acted_on_in_vain_is_not_tried_again_until_it_changes() -> None:
    assert decided(A, B, B, B, B, C, C) == [False, True, False, False, False, True]


def test_a_file_that_is_gone_has_changed() -> None:
    assert decided(A, {"x": None}, {"x": None}) == [False, True]


def test_a_file_that_was_not_watched_before_has_not_changed() -> None:
    more = {**A, "y": (7, 7, 7)}
    assert decided(A, more, more) == [False, False]


def test_a_file_that_is_watched_no_more_is_no_change() -> None:
    assert decided({**A, "y": (7, 7, 7)}, A, A) == [False, False]


@given(st.lists(st.sampled_from([A, B, C])))
def test_it_never_acts_twice_on_the_same_files_in_a_row(looks: list[Look]) -> None:
    quiet, acted_on = Quiet(A), A
    for each in looks:
        if quiet.changed(each):
            assert each != acted_on
            acted_on = each


def test_a_link_that_points_elsewhere_is_a_change(tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_text("same size")
        os.utime(tmp_path / name, (0, 0))
    link = tmp_path / "config"
    link.symlink_to("one")
    before = look([str(link)])
    (tmp_path / "new").symlink_to("two")
    (tmp_path / "new").rename(link)
    assert look([str(link)]) != before


def test_a_file_that_is_not_there_is_told_from_an_empty_one(tmp_path: Path) -> None:
    path = tmp_path / "config"
    assert look([str(path)]) == {str(path): None}
    path.touch()
    assert look([str(path)]) != {str(path): None}


async def test_a_written_file_is_acted_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "PERIOD_S", 0.02)
    path, asked, acted = tmp_path / "config", asyncio.Semaphore(0), asyncio.Event()
    path.write_text("one")

    def paths() -> list[str]:
        asked.release()
        return [str(path)]

    async def act() -> None:
        acted.set()

    task = asyncio.create_task(watch(paths, act))
    async with asyncio.timeout(PATIENCE_S):
        await asked.acquire()
        await asked.acquire()  # it has looked once
        path.write_text("another")
        await acted.wait()
    task.cancel()
