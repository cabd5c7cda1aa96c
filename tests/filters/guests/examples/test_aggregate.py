"""The example `aggregate`, as it is built."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from kit.edge import Web
from kit.example_functions import Example, about, built, faults

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import HttpAnswer, HttpAsk, Services

CONFIG = b'{"a": "https://a.example/1", "b": "https://b.example/2", "c": "https://c.example/3"}'


async def said(web: Web) -> tuple[int, Any]:
    answer = await Example("aggregate", Services(http=web), config=CONFIG).answer()
    assert isinstance(answer.body, bytes)
    return answer.status, json.loads(answer.body)


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("aggregate"), about("aggregate")) == {}


async def test_all_services_are_asked_before_any_has_answered() -> None:
    all_asked = asyncio.Event()

    async def together(ask: HttpAsk) -> HttpAnswer:
        if len(web.asked) == 3:
            all_asked.set()
        await all_asked.wait()
        return HttpAnswer(200, [], json.dumps(ask.url[-1]).encode())

    web = Web(together)
    assert await said(web) == (200, {"parts": {"a": "1", "b": "2", "c": "3"}, "errors": {}})
    assert [(ask.timeout_s, list(ask.headers)) for ask in web.asked] == [(2.0, [("accept", "application/json")])] * 3


async def test_one_that_fails_takes_nothing_from_the_others() -> None:
    async def partly(ask: HttpAsk) -> HttpAnswer:
        match ask.url[-1]:
            case "1":
                raise HostcallFailed("timeout", "too slow")
            case "2":
                return HttpAnswer(503, [], b"")
        return HttpAnswer(200, [], b'{"x": [1.5, null]}')

    status, answer = await said(Web(partly))
    assert status == 200
    assert answer["parts"] == {"a": None, "b": None, "c": {"x": [1.5, None]}}
    assert answer["errors"] == {"a": "timeout", "b": "status 503"}


async def test_one_that_may_not_be_asked_is_told_like_one_that_fails() -> None:
    class Guarded(Web):
        async def fetch(self, *asked: Any) -> HttpAnswer:
            raise HostcallFailed("private_address", "10.0.0.1 is private")

    status, answer = await said(Guarded())
    assert (status, answer["errors"]["a"]) == (502, "not allowed")
