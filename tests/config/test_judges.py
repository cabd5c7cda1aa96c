"""Filters of the type `wasm` whose module judges: from YAML to answers."""

from __future__ import annotations

import json
import pathlib
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, answering
from kit.checking import Checking
from kit.judges import CLEAN, analyzing, blocking_at, knowing, saying, wasm

from config.load import masked
from config.wasm import WasmOptions
from wasm_host.limits import OF_JUDGES, GuestLimits

WAF = wasm(blocking_at("<script>"))
BOT = wasm(knowing("Crawler"))
SECRET = "a secret of some length"


@pytest.fixture
def directory(tmp_path: pathlib.Path) -> pathlib.Path:
    for name, content in (("waf", WAF), ("bot", BOT), ("trapping", wasm(analyzing("unreachable")))):
        (tmp_path / f"{name}.wasm").write_bytes(content)
    return tmp_path


def whole(module: str, origin: str = "127.0.0.1:9", **options: Any) -> str:
    return json.dumps(
        {
            "version": 1,
            "listeners": [{"name": "one", "address": "127.0.0.1:0"}],
            "filters": {"judge": {"type": "wasm", "module": module, **options}},
            "upstreams": {"api": {"endpoints": [origin]}},
            "routes": [{"name": "all", "filters": ["judge"], "upstream": "api"}],
        },
        indent=1,
    )


@pytest.mark.usefixtures("directory")
@pytest.mark.parametrize(
    ("module", "options", "said"),
    [
        ("waf.wasm", {}, {}),
        ("waf.wasm", {"config": {"mode": "detect"}}, {}),
        ("waf.wasm", {"config": {"mode": "on"}}, {"filters.judge.config.mode": "unknown word 'on'"}),
        ("bot.wasm", {}, {}),
        ("bot.wasm", {"config": "block"}, {"filters.judge.config": "must be a mapping"}),
        (
            "bot.wasm",
            {"config": {"known_bot": "deny", "humans": "allow"}},
            {"filters.judge.config.known_bot": "unknown word", "filters.judge.config.humans": "unknown key"},
        ),
        ("trapping.wasm", {}, {"filters.judge": "trapping.wasm: .*unreachable"}),
    ],
)
def test_the_check_looks_at_module_and_options(
    checked: Checking, module: str, options: dict[str, Any], said: dict[str, str]
) -> None:
    errors = checked(whole(module, **options)).errors
    assert [error.path for error in errors] == list(said)
    for error, text in zip(errors, said.values(), strict=True):
        assert text.replace(".*", "") in error.message or text.split(".*")[-1] in error.message
        assert error.line


def test_its_secret_is_not_shown(checked: Checking, directory: pathlib.Path) -> None:
    report = checked(whole("bot.wasm", config={"suspicious": "challenge", "challenge": {"secret": SECRET}}))
    assert not report.errors
    assert report.configuration is not None
    assert SECRET not in json.dumps(masked(report.configuration))


def test_defaults_are_lower_than_those_of_other_guests() -> None:
    options = WasmOptions.model_validate({"module": "x.wasm", "limits": {"body": "1KiB", "memory": "64MiB"}})
    settings = options.source("judge").settings
    assert settings.limits == GuestLimits(body_bytes=1024)
    assert settings.judge_limits == GuestLimits(body_bytes=1024, call_time_s=OF_JUDGES.call_time_s)


async def test_a_waf_module_blocks_what_comes_in_by_uri_and_body(directory: pathlib.Path) -> None:
    async with FakeOrigin(answering()) as origin:
        text = whole("waf.wasm", origin.address, limits={"call_time": "1s"})
        async with Proxy(text, directory=directory) as proxy:
            client = await proxy.connect()
            await client.send(b"GET /?q=%3Cscript%3E HTTP/1.1\r\nHost: example.test\r\n\r\n")
            await client.expect_response(403)
            await client.send(
                b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Type: application/x-www-form-urlencoded\r\n"
                b"Content-Length: 16\r\n\r\nq=%3Cscript%3E+1"
            )
            await client.expect_response(403)
            await client.send(b"POST / HTTP/1.1\r\nHost: example.test\r\nContent-Length: 5\r\n\r\nhello")
            await client.expect_response(200, body=b"ok")


async def test_a_bot_detector_tells_the_origin(directory: pathlib.Path) -> None:
    async with FakeOrigin() as origin:
        text = whole("bot.wasm", origin.address, config={"known_bot": "log", "header": "X-Bot"})
        async with Proxy(text, directory=directory) as proxy:
            client = await proxy.connect()
            await client.send(b"GET / HTTP/1.1\r\nHost: example.test\r\nUser-Agent: Crawler\r\nX-Bot: human\r\n\r\n")
            upstream = await origin.accept()
            request = await upstream.expect_request("GET")
            assert request.all("X-Bot") == ["known_bot"]
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            await client.expect_response(200)


async def test_another_module_can_be_put_in_while_it_runs(directory: pathlib.Path) -> None:
    async with Proxy(whole("waf.wasm", limits={"call_time": "1s"}), directory=directory) as proxy:
        wasm_filters = proxy.graph.modules
        assert wasm_filters is not None
        (directory / "waf.wasm").write_bytes(wasm(analyzing("unreachable")))
        assert (await wasm_filters.reload("judge"))["outcome"] == "refused"
        (directory / "waf.wasm").write_bytes(wasm(saying({**CLEAN, "blocked": True})))
        assert (await wasm_filters.reload("judge"))["outcome"] == "swapped"
        client = await proxy.connect()
        await client.send(b"GET / HTTP/1.1\r\nHost: example.test\r\n\r\n")
        await client.expect_response(403)
