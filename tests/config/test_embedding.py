"""From a file to the runtime that an application mounts."""

from __future__ import annotations

import json
import pathlib

import pytest
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from kit import FakeOrigin, answering, in_front_of
from kit.deploying import saying
from kit.guests import marking

from config.embedding import runtime_from_file
from proxy.embed import penstock_handler
from proxy.errors import StartError


def written(directory: pathlib.Path, *listeners: str) -> pathlib.Path:
    file = directory / "edge.yaml"
    routes = [{"name": "all", "filters": [{"type": "respond", "status": 204}]}]
    named = [{"name": name, "address": f"127.0.0.1:{8000 + at}"} for at, name in enumerate(listeners)]
    file.write_text(json.dumps({"version": 1, "listeners": named, "routes": routes}))
    return file


async def test_the_only_listener_needs_no_name(tmp_path: pathlib.Path) -> None:
    runtime = runtime_from_file(written(tmp_path, "public"))
    assert runtime.spec.name == "public"
    await runtime.close()


async def test_one_of_several_listeners_is_named(tmp_path: pathlib.Path) -> None:
    runtime = runtime_from_file(str(written(tmp_path, "public", "private")), listener="private")
    assert runtime.spec.name == "private"
    await runtime.close()


@pytest.mark.parametrize(
    ("listener", "message"),
    [(None, "several listeners: name the one to mount"), ("privat", "no listener 'privat'; did you mean 'private'?")],
)
async def test_a_name_that_chooses_no_listener_is_an_error(
    tmp_path: pathlib.Path, listener: str | None, message: str
) -> None:
    with pytest.raises(StartError, match=message.replace("?", r"\?")):
        runtime_from_file(written(tmp_path, "public", "private"), listener)


async def test_wasm_filters_start_and_end_with_the_application(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "edge.yaml"
    route = {"name": "all", "filters": [{"type": "wasm", "module": "own.wasm"}, {"type": "respond"}]}
    listeners = [{"name": "public", "address": "127.0.0.1:8000"}]
    file.write_text(json.dumps({"version": 1, "listeners": listeners, "routes": [route]}))
    (tmp_path / "own.wasm").write_bytes(marking("one"))
    runtime = runtime_from_file(file)
    assert runtime.modules is not None
    alive = []
    async for _ in runtime.lifespan(web.Application()):
        alive += [each["instances"] for each in runtime.modules.describe()["all.0.wasm"]]
    alive += [each["instances"] for each in runtime.modules.describe()["all.0.wasm"]]
    assert alive == [1, 0]


async def test_an_application_answers_from_a_cache(tmp_path: pathlib.Path) -> None:
    answer = b"HTTP/1.1 200 OK\r\nCache-Control: max-age=60\r\nContent-Length: 2\r\n\r\nok"
    async with FakeOrigin(answering(answer)) as origin:
        file = tmp_path / "edge.yaml"
        file.write_text(in_front_of(origin, caches={"default": {}}, route={"cache": "default"}))
        runtime = runtime_from_file(file)
        app = web.Application()
        app.router.add_route("*", "/{path:.*}", penstock_handler(runtime))
        app.cleanup_ctx.append(runtime.lifespan)
        async with TestClient(TestServer(app)) as client:
            said = []
            for _ in range(2):
                async with client.get("/") as response:
                    assert await response.text() == "ok"
                    said.append(response.headers["Cache-Status"])
    assert ["; hit" in line for line in said] == [False, True]


async def test_an_application_answers_with_an_edge_function(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "edge.yaml"
    (tmp_path / "own.wasm").write_bytes(saying("hello"))
    functions = {"named": {"hello": {"module": "own.wasm"}}}
    routes = [{"name": "all", "function": "hello"}]
    listeners = [{"name": "public", "address": "127.0.0.1:0"}]
    file.write_text(json.dumps({"version": 1, "listeners": listeners, "functions": functions, "routes": routes}))
    runtime = runtime_from_file(file)
    app = web.Application()
    app.router.add_route("*", "/{path:.*}", penstock_handler(runtime))
    app.cleanup_ctx.append(runtime.lifespan)
    async with TestClient(TestServer(app)) as client, client.get("/") as response:
        assert await response.text() == "hello"


def test_a_faulty_file_is_an_error_that_says_all_that_is_wrong(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "edge.yaml"
    file.write_text("version: 1\nlisteners: [{name: a}]\nroutes: [{name: b, filter: []}]\n")
    with pytest.raises(StartError) as caught:
        runtime_from_file(file)
    lines = str(caught.value).splitlines()
    assert len(lines) == 2
    assert all(line.startswith(f"{file}:") for line in lines)
