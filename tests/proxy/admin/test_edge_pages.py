"""The admin's pages about edge functions, over real HTTP, with a desk that notes what it is asked."""

from __future__ import annotations

import json
import pathlib
from collections.abc import AsyncIterator
from typing import Any

import pytest
from kit.admin import TOKENS, WRITE, Visitor, bearer, visiting
from kit.desk import LIVE

from proxy.admin.desk import DeskError
from proxy.errors import StartError

EDGE = "/api/v1/edge"
CHANGES = [
    ("POST", "/deploy", {"name": "hello"}),
    ("PUT", "/hello/aliases/live", {"version": "v1"}),
    ("DELETE", "/hello/aliases/beta", None),
    ("POST", "/hello/rollback", {}),
    ("DELETE", "/hello", None),
]


@pytest.fixture
async def without_desk(tmp_path: pathlib.Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path, desk=None) as visitor:
        yield visitor


async def change(visitor: Visitor, method: str, path: str, told: Any = None, **headers: str) -> tuple[int, Any]:
    fields = {**headers, **({} if told is None else {"Content-Type": "application/json"})}
    return await visitor.json(EDGE + path, fields, method=method, data=None if told is None else json.dumps(told))


# -- what there is


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("", {"functions": [{"name": "hello", "aliases": LIVE}]}),
        ("/hello/versions", {"name": "hello", "versions": [{"version": "v1"}]}),
        ("/hello/aliases", {"name": "hello", "aliases": LIVE}),
    ],
)
async def test_a_page_shows_what_the_desk_says(visitor: Visitor, path: str, told: Any) -> None:
    assert await visitor.json(EDGE + path) == (200, told)


async def test_a_function_is_shown_with_what_each_worker_runs(visitor: Visitor) -> None:
    _, told = await visitor.json(EDGE + "/hello")
    assert told["workers"] == [{"worker": 0, "versions": ["v1"]}]


@pytest.mark.parametrize("page", ["", "/versions", "/aliases", "/logs", "/metrics"])
async def test_a_function_that_is_not_there_is_404(visitor: Visitor, page: str) -> None:
    status, told = await visitor.json(f"{EDGE}/hallo{page}")
    assert (status, told["error"].partition(";")[0]) == (404, "there is no function hallo")


async def test_a_function_may_be_called_deploy_for_all_that_reads(visitor: Visitor) -> None:
    visitor.desk.state["deploy"] = "x"
    assert (await visitor.json(EDGE + "/deploy"))[0] == 200


# -- changes


async def test_a_deploy_is_passed_on_with_who_it_was(tmp_path: pathlib.Path) -> None:
    async with visiting(tmp_path, access=TOKENS) as visitor:
        assert await change(visitor, "POST", "/deploy", {"name": "a"}, **bearer(WRITE)) == (200, {"version": "v2"})
        assert visitor.desk.asked == [("deploy", {"name": "a"}, None, "ops")]
        assert [line["order"] for line in visitor.lines()] == [{"function": "a", "version": "v2"}]
    assert "a" in visitor.desk.state


@pytest.mark.parametrize(
    ("call", "asked", "order"),
    [
        (
            ("PUT", "/hello/aliases/beta", {"version": "v1"}),
            ("point", "hello", "beta", {"version": "v1"}, "loopback"),
            {"function": "hello", "alias": "beta", "version": "v1"},
        ),
        (
            ("DELETE", "/hello/aliases/beta"),
            ("unalias", "hello", "beta"),
            {"function": "hello", "alias": "beta"},
        ),
        (
            ("POST", "/hello/rollback", {"version": "v1"}),
            ("rollback", "hello", {"version": "v1"}, "loopback"),
            {"function": "hello", "version": "v1"},
        ),
        (("POST", "/hello/rollback"), ("rollback", "hello", {}, "loopback"), {"function": "hello", "version": None}),
        (("DELETE", "/hello"), ("delete", "hello", False), {"function": "hello", "force": False}),
        (("DELETE", "/hello?force=1"), ("delete", "hello", True), {"function": "hello", "force": True}),
    ],
)
async def test_a_change_is_passed_on_and_written_down(visitor: Visitor, call: Any, asked: Any, order: Any) -> None:
    assert await change(visitor, *call) == (200, {"version": "v2"})
    assert visitor.desk.asked == [asked]
    assert [line["order"] for line in visitor.lines()] == [order]


@pytest.mark.parametrize(("method", "path", "told"), CHANGES)
async def test_what_the_desk_refuses_is_told_with_its_status(
    visitor: Visitor, method: str, path: str, told: Any
) -> None:
    visitor.desk.error = DeskError(409, "the route api names it; take that out first")
    assert await change(visitor, method, path, told) == (409, {"error": "the route api names it; take that out first"})
    assert [line["outcome"] for line in visitor.lines()] == ["refused"]


@pytest.mark.parametrize(("method", "path", "told"), CHANGES)
async def test_what_a_worker_refuses_is_422(visitor: Visitor, method: str, path: str, told: Any) -> None:
    visitor.desk.error = StartError("function hello: it imports env.kv_get")
    assert await change(visitor, method, path, told) == (422, {"error": "function hello: it imports env.kv_get"})


@pytest.mark.parametrize("told", ["[]", "{", "1"])
async def test_a_change_that_is_no_json_object_is_400(visitor: Visitor, told: str) -> None:
    for method, path in (("PUT", "/hello/aliases/a"), ("POST", "/hello/rollback"), ("POST", "/deploy")):
        fields = {"Content-Type": "application/json"}
        assert (await visitor.json(EDGE + path, fields, method=method, data=told))[0] == 400


async def test_long_words_of_a_caller_are_cut_in_the_audit_log(visitor: Visitor) -> None:
    await change(visitor, "PUT", "/hello/aliases/a", {"version": "v" * 100_000})
    [line] = visitor.lines()
    assert len(line["order"]["version"]) == 100


# -- without anywhere to deploy to


@pytest.mark.parametrize("path", ["", "/hello", "/hello/versions", "/hello/aliases"])
async def test_without_a_desk_there_is_nothing_to_show(without_desk: Visitor, path: str) -> None:
    status, told = await without_desk.json(EDGE + path)
    assert (status, "add functions: {store: functions} to the configuration" in told["error"]) == (404, True)


@pytest.mark.parametrize(("method", "path", "told"), CHANGES)
async def test_without_a_desk_nothing_is_changed(without_desk: Visitor, method: str, path: str, told: Any) -> None:
    status, answer = await change(without_desk, method, path, told)
    assert (status, "add functions: {store: functions} to the configuration" in answer["error"]) == (409, True)


async def test_what_runs_without_a_desk_is_called_and_read_all_the_same(without_desk: Visitor) -> None:
    assert (await without_desk.get(EDGE + "/hello", method="POST"))[0] == 200
    assert await without_desk.json(EDGE + "/hello/logs") == (200, {"name": "hello", "lines": []})
    assert await without_desk.json(EDGE + "/hello/metrics") == (200, {"name": "hello", "families": {}})


async def test_the_front_page_goes_without(without_desk: Visitor) -> None:
    assert "<h2>Functions</h2>" not in (await without_desk.get("/"))[2]


async def test_the_front_page_is_there_though_the_desk_fails(visitor: Visitor, monkeypatch: pytest.MonkeyPatch) -> None:
    async def fail() -> dict[str, Any]:
        raise DeskError(503, "the registry is broken")

    monkeypatch.setattr(visitor.desk, "list", fail)
    assert (await visitor.get("/"))[0] == 200
    assert await visitor.json(EDGE) == (503, {"error": "the registry is broken"})


# -- logs and metrics


def log(visitor: Visitor, *texts: str) -> None:
    lines = [{"function": "hello", "version": "v1", "level": "info", "text": text, "at": 1.0} for text in texts]
    visitor.known.function_log.take(0, {"lines": lines, "lost": {}})


async def test_the_last_lines_are_told(visitor: Visitor) -> None:
    log(visitor, "one", "two", "three")
    _, told = await visitor.json(EDGE + "/hello/logs?lines=2")
    assert [line["text"] for line in told["lines"]] == ["two", "three"]


async def test_lines_of_a_function_that_is_gone_are_still_read(visitor: Visitor) -> None:
    visitor.known.function_log.take(
        0, {"lines": [{"function": "gone", "version": "v", "level": "info", "text": "x", "at": 1.0}], "lost": {}}
    )
    assert len((await visitor.json(EDGE + "/gone/logs"))[1]["lines"]) == 1


@pytest.mark.parametrize("query", ["lines=x", "lines=-1", "lines=1001", "lines=" + "9" * 5000, "lines=%C2%B2"])
async def test_a_number_of_lines_that_is_none_is_400(visitor: Visitor, query: str) -> None:
    assert (await visitor.json(f"{EDGE}/hello/logs?{query}"))[0] == 400


async def test_what_was_measured_is_told(visitor: Visitor) -> None:
    visitor.known.registry.function_requests.child("hello", "ok").value += 2
    _, told = await visitor.json(EDGE + "/hello/metrics")
    assert told["families"]["penstock_function_requests_total"]["samples"][0]["value"] == 2
