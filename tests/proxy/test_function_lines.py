"""Lines of functions on their way to the supervisor: gathered, and bounded."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from kit import eventually

from proxy import function_lines
from proxy.function_lines import LONGEST_TEXT, FunctionLines, Told


def line(name: str, text: str = "x") -> dict[str, Any]:
    return {"function": name, "version": "v1", "level": "info", "text": text, "at": 1.0}


def texts(told: Told) -> list[str]:
    return [each["text"] for each in told["lines"]]


async def test_what_comes_together_is_told_together_and_soon() -> None:
    told: list[Told] = []
    lines = FunctionLines(told.append)
    for text in ("one", "two"):
        lines.take(line("hello", text))
    assert told == []
    assert await eventually(lambda: bool(told))
    assert [texts(each) for each in told] == [["one", "two"]]


async def test_what_comes_later_is_told_later() -> None:
    told: list[Told] = []
    lines = FunctionLines(told.append)
    for count in (1, 2):
        lines.take(line("hello"))
        assert await eventually(lambda count=count: len(told) == count)  # type: ignore[misc]


async def test_a_function_that_floods_loses_lines_and_the_others_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_lines, "MOST_LINES_OF_ONE", 3)
    told: list[Told] = []
    lines = FunctionLines(told.append)
    for number in range(5):
        lines.take(line("loud", str(number)))
    lines.take(line("quiet", "here"))
    lines.flush()
    assert (texts(told[0]), told[0]["lost"]) == (["0", "1", "2", "here"], {"loud": 2})


async def test_all_together_are_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(function_lines, "MOST_LINES", 2)
    told: list[Told] = []
    lines = FunctionLines(told.append)
    for name in "abc":
        lines.take(line(name))
    lines.flush()
    assert (len(told[0]["lines"]), told[0]["lost"]) == (2, {"c": 1})


async def test_a_flood_is_told_of_once_it_is_over() -> None:
    told: list[Told] = []
    lines = FunctionLines(told.append)
    lines.take(line("hello"))
    lines.flush()
    lines.take(line("hello"))
    lines.flush()
    assert [each["lost"] for each in told] == [{}, {}]


async def test_a_long_line_is_shortened() -> None:
    told: list[Told] = []
    lines = FunctionLines(told.append)
    lines.take(line("hello", "a" * (LONGEST_TEXT + 1)))
    lines.flush()
    assert texts(told[0]) == ["a" * LONGEST_TEXT + "…"]


async def test_nothing_is_told_where_nothing_came() -> None:
    told: list[Told] = []
    FunctionLines(told.append).flush()
    await asyncio.sleep(0)
    assert told == []
