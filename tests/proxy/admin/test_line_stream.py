"""What a function logs, as events."""

from __future__ import annotations

import asyncio
import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from kit import eventually
from kit.admin import PATIENCE_S, Visitor, visiting

from proxy.admin import line_stream
from proxy.admin.line_stream import events
from proxy.function_log import MOST_FOLLOWERS, MOST_LINES

LOGS = "/api/v1/edge/hello/logs"


def log(visitor: Visitor, *texts: str, lost: int = 0) -> None:
    lines = [{"function": "hello", "version": "v1", "level": "info", "text": text, "at": 1.0} for text in texts]
    visitor.known.function_log.take(0, {"lines": lines, "lost": {"hello": lost} if lost else {}})


async def read(response: aiohttp.ClientResponse) -> AsyncIterator[tuple[str, Any]]:
    """Give the type and the data of each event."""
    kind = ""
    async with asyncio.timeout(PATIENCE_S):
        async for raw in response.content:
            name, _, value = raw.decode().strip().partition(": ")
            if name == "event":
                kind = value
            elif name == "data":
                yield kind, json.loads(value)


async def texts(response: aiohttp.ClientResponse, count: int) -> list[str]:
    found: list[str] = []
    async for kind, told in read(response):
        assert kind == "line"
        found.append(told["text"])
        if len(found) == count:
            break
    return found


def test_a_line_is_an_event_with_its_id() -> None:
    assert events([{"id": 7, "text": "a\nb"}], 0) == b'id: 7\nevent: line\ndata: {"id": 7, "text": "a\\nb"}\n\n'


def test_lost_lines_are_told_before_those_that_follow() -> None:
    assert events([{"id": 7}], 3).startswith(b'event: lost\ndata: {"lines": 3}\n\nid: 7\n')


@pytest.mark.parametrize("how", [{"params": {"follow": "1"}}, {"headers": {"Accept": "text/event-stream"}}])
async def test_who_follows_gets_the_last_lines_and_each_new_one(visitor: Visitor, how: dict[str, Any]) -> None:
    log(visitor, "one")
    async with visitor.session.get(visitor.url + LOGS, **how) as response:
        assert response.headers["Content-Type"] == "text/event-stream"
        assert await texts(response, 1) == ["one"]
        log(visitor, "two", "three")
        assert await texts(response, 2) == ["two", "three"]


async def test_who_comes_back_gets_what_came_meanwhile(visitor: Visitor) -> None:
    log(visitor, "one", "two")
    seen = visitor.known.function_log.recent("hello")[0]["id"]
    headers = {"Accept": "text/event-stream", "Last-Event-ID": str(seen)}
    async with visitor.session.get(visitor.url + LOGS, headers=headers) as response:
        assert await texts(response, 1) == ["two"]


async def test_a_silent_stream_has_a_heartbeat(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "HEARTBEAT_S", 0.01)
    async with visitor.session.get(visitor.url + LOGS + "?follow=1") as response, asyncio.timeout(PATIENCE_S):
        for _ in range(3):
            assert await response.content.readuntil(b"\n\n") == b": \n\n"


async def test_a_stream_ends_with_the_admin_and_does_not_hold_it_up(visitor: Visitor) -> None:
    async with visitor.session.get(visitor.url + LOGS + "?follow=1") as response:
        await response.content.readuntil(b"\n\n")
        async with asyncio.timeout(3):
            await visitor.admin.stop()
        assert await response.content.read() == b": \n\n"


async def test_only_so_many_may_follow(visitor: Visitor) -> None:
    streams = [await visitor.session.get(visitor.url + LOGS + "?follow=1") for _ in range(MOST_FOLLOWERS)]
    assert (await visitor.json(LOGS + "?follow=1"))[0] == 503
    for stream in streams:
        stream.close()


async def test_who_reads_too_slowly_is_told_how_many_lines_are_lost(tmp_path: pathlib.Path) -> None:
    async with visiting(tmp_path) as visitor:
        log(visitor, "one")
        async with visitor.session.get(visitor.url + LOGS + "?follow=1") as response:
            assert await texts(response, 1) == ["one"]
            log(visitor, *map(str, range(MOST_LINES + 20)))
            told = read(response)
            assert await anext(told) == ("lost", {"lines": 20})
            assert (await anext(told))[1]["text"] == "20"


async def test_who_reads_nothing_at_all_is_cut_off(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(line_stream, "STUCK_S", 0.05)
    followers = visitor.known.function_log._followers

    def is_cut_off() -> bool:
        log(visitor, *["x" * 4000] * MOST_LINES)
        return not followers

    async with visitor.session.get(visitor.url + LOGS + "?follow=1") as response:
        await response.content.readuntil(b"\n\n")
        assert len(followers) == 1
        assert await eventually(is_cut_off)


async def test_a_head_of_a_stream_is_that_of_the_lines(visitor: Visitor) -> None:
    async with visitor.session.head(visitor.url + LOGS + "?follow=1") as response:
        assert (response.status, response.content_type) == (200, "application/json")
