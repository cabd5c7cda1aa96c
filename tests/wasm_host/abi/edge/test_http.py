"""Requests that guests send: one after the other, several at once, and through the proxy's own routes."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from kit.edge import OK, RESULTS, WILD, Edge, Failing, Strings, Web, asking, guest
from kit.exchanges import make_exchange
from kit.wire import eventually

from proxy.errors import GuestTrap
from proxy.runtime import Strand
from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.services import HttpAnswer, HttpAsk, Services

URL = "https://api.example.com/x"


def with_http(wat: str, web: Any, **limits: Any) -> Edge:
    return Edge(wat, Services(http=web), **limits)


def head(**keys: Any) -> str:
    return json.dumps({"method": "GET", "url": URL, **keys})


def send(strings: Strings, head: str | bytes, body: str = "") -> str:
    return f"(call $http_send {strings(head)} {strings(body)})"


def sending(strings: Strings, count: int) -> str:
    """Send requests to /0, /1 …, then wait for all, first for the last; answer with what the waits returned."""
    sent = [
        f"(i32.store (i32.const {RESULTS + 4 * number}) {send(strings, head(url=f'{URL}/{number}'))})"
        for number in range(count)
    ]
    waited = [
        f"(i32.store (i32.const {RESULTS + 4 * number}) "
        f"(call $http_wait (i32.load (i32.const {RESULTS + 4 * number}))))"
        for number in reversed(range(count))
    ]
    body = f"(drop (call $response_set_body (i32.const {RESULTS}) (i32.const {4 * count})))"
    return guest(f"{' '.join(sent)} {' '.join(waited)} {body} {OK}", strings)


# -- the plain ones


@pytest.mark.parametrize("method", ["get", "delete"])
async def test_a_body_is_fetched(method: str) -> None:
    strings, web = Strings(), Web()
    edge = with_http(guest(f"(drop (call $http_{method} {strings(URL)})) {OK}", strings), web)
    assert (await edge.call()).buffer == f"{method.upper()} {URL}".encode()
    assert web.asked == [HttpAsk(method.upper(), URL)]
    assert edge.counted(f"http_{method}", "ok") == 1


@pytest.mark.parametrize("method", ["post", "put"])
async def test_a_body_is_sent_with_its_type(method: str) -> None:
    strings, web = Strings(), Web()
    call = f"(call $http_{method} {strings(URL)} {strings('{}')} {strings('application/json')})"
    await with_http(guest(f"(drop {call}) {OK}", strings), web).call()
    assert web.asked == [HttpAsk(method.upper(), URL, (("content-type", "application/json"),), b"{}")]


async def test_what_is_not_found_is_fetched_all_the_same() -> None:
    async def not_found(_: HttpAsk) -> HttpAnswer:
        return HttpAnswer(404, [], b"no such thing")

    strings = Strings()
    assert await with_http(asking(strings, f"(call $http_get {strings(URL)})"), Web(not_found)).results() == [13]


@pytest.mark.parametrize(
    "operands",
    [
        pytest.param("(i32.const 0) (i32.const 9)", id="null"),
        pytest.param("(i32.const 16) (i32.const 0)", id="empty"),
        pytest.param("(i32.const 16) (i32.const 8193)", id="too long"),
        pytest.param(f"(i32.const {WILD}) (i32.const 9)", id="wild"),
    ],
)
async def test_what_is_no_url_is_refused(operands: str) -> None:
    web = Web()
    calls = [f"(call $http_get {operands})", f"(call $http_delete {operands})"]
    assert await with_http(asking(Strings(), *calls), web).results() == [-1, -1]
    assert web.asked == []


async def test_a_url_is_text() -> None:
    strings = Strings()
    assert await with_http(asking(strings, f"(call $http_get {strings(bytes([255, 254]))})"), Web()).results() == [-1]


@pytest.mark.parametrize("content_type", ["", "text/plain\r\nx: 1", "x" * 257])
async def test_a_body_needs_a_content_type_that_is_one(content_type: str) -> None:
    strings, web = Strings(), Web()
    call = f"(call $http_post {strings(URL)} {strings('{}')} {strings(content_type)})"
    assert await with_http(asking(strings, call), web).results() == [-1]
    assert web.asked == []


async def test_a_body_is_bounded() -> None:
    strings, web = Strings(), Web()
    call = f"(call $http_put {strings(URL)} (i32.const 16) (i32.const 101) {strings('text/plain')})"
    edge = with_http(asking(strings, call), web, http_bytes=100)
    assert await edge.results() == [-1]
    assert (edge.counted("http_put", "too_large"), web.asked) == (1, [])


@pytest.mark.parametrize("later", [False, True], ids=["at once", "after a wait"])
@pytest.mark.parametrize("reason", ["not_allowed", "private_address", "timeout", "failed"])
async def test_every_failure_is_minus_one(reason: Reason, later: bool) -> None:
    strings = Strings()
    failing = Failing(HostcallFailed(reason, "no"), later=later)
    edge = with_http(asking(strings, f"(call $http_get {strings(URL)})"), failing)
    assert await edge.results() == [-1]
    assert edge.counted("http_get", reason) == 1


# -- several at once


async def test_requests_run_at_once_and_are_waited_for_in_any_order() -> None:
    everyone = asyncio.Event()
    asked: list[str] = []

    async def when_all_are_here(ask: HttpAsk) -> HttpAnswer:
        asked.append(ask.url)
        if len(asked) == 3:
            everyone.set()
        await everyone.wait()
        return HttpAnswer(200, [], ask.url[-1].encode() * (int(ask.url[-1]) + 1))

    lengths = await with_http(sending(Strings(), 3), Web(when_all_are_here)).results()
    document = len(json.dumps({"status": 200, "headers": []}, separators=(",", ":")))
    assert lengths == [4 + document + size for size in (1, 2, 3)]


async def test_an_answer_is_its_head_and_its_body() -> None:
    async def answer(_: HttpAsk) -> HttpAnswer:
        return HttpAnswer(207, [("x-a", "1"), ("x-a", "2")], b"\x00body")

    strings = Strings()
    edge = with_http(guest(f"(drop (call $http_wait {send(strings, head())})) {OK}", strings), Web(answer))
    buffer = (await edge.call()).buffer
    size = int.from_bytes(buffer[:4], "little")
    assert json.loads(buffer[4 : 4 + size]) == {"status": 207, "headers": [["x-a", "1"], ["x-a", "2"]]}
    assert buffer[4 + size :] == b"\x00body"


async def test_a_request_has_any_method_fields_a_body_and_a_time() -> None:
    strings, web = Strings(), Web()
    asked = head(method="PATCH", headers=[["x-a", "1"], ["x-a", "2"]], timeout_ms=1500)
    await with_http(guest(f"(drop (call $http_wait {send(strings, asked, 'body')})) {OK}", strings), web).call()
    assert web.asked == [HttpAsk("PATCH", URL, [("x-a", "1"), ("x-a", "2")], b"body", 1.5)]


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param(b"", id="nothing"),
        pytest.param(b"{", id="half of it"),
        pytest.param(b"\xff", id="no text"),
        pytest.param(b"[" * 20000, id="nested without end"),
        pytest.param("[]", id="no object"),
        pytest.param("{}", id="no keys"),
        pytest.param(head(other=1), id="another key"),
        pytest.param(head(method=""), id="no method"),
        pytest.param(head(url=7), id="no url"),
        pytest.param(head(headers=7), id="no headers"),
        pytest.param(head(headers=["ab"]), id="no pair"),
        pytest.param(head(headers=[["a"]]), id="half a pair"),
        pytest.param(head(headers=[["a", 1]]), id="a number for a value"),
        pytest.param(head(headers=[["a", "1\r\nx-b: 2"]]), id="a value that breaks out"),
        pytest.param(head(headers=[["a b", "1"]]), id="no name"),
        pytest.param(head(timeout_ms="1"), id="text for a time"),
        pytest.param(head(timeout_ms=True), id="truth for a time"),
        pytest.param(head(timeout_ms=0), id="no time"),
        pytest.param(head(timeout_ms=10**9), id="too much time"),
        pytest.param('{"method":"GET","url":"x","timeout_ms":NaN}', id="not a number"),
    ],
)
async def test_what_is_no_head_is_refused(asked: str | bytes) -> None:
    strings, web = Strings(), Web()
    call = (
        f"(call $http_send (i32.const 65536) (i32.const {len(asked)}) (i32.const 0) (i32.const 0))"
        if len(asked) > 4096
        else send(strings, asked)
    )
    fill = f"(memory.fill (i32.const 65536) (i32.const {asked[0]}) (i32.const 20000))" if len(asked) > 4096 else ""
    edge = with_http(guest(f"{fill} (i32.ne {call} (i32.const -3))", strings), web)
    assert (await edge.call()).body is None
    assert web.asked == []


async def test_a_head_and_a_body_are_bounded() -> None:
    strings = Strings()
    calls = [
        "(call $http_send (i32.const 16) (i32.const 65537) (i32.const 0) (i32.const 0))",
        f"(call $http_send {strings(head())} (i32.const 16) (i32.const 101))",
        f"(call $http_send {strings(head())} (i32.const {WILD}) (i32.const 1))",
    ]
    assert await with_http(asking(strings, *calls), Web(), http_bytes=100).results() == [-4, -4, -3]


async def test_a_request_is_waited_for_once() -> None:
    strings = Strings()
    calls = [
        send(strings, head()),
        "(i32.gt_s (call $http_wait (i32.const 1)) (i32.const 0))",
        "(call $http_wait (i32.const 1))",
        "(call $http_wait (i32.const 7))",
    ]
    assert await with_http(asking(strings, *calls), Web()).results() == [1, 1, -3, -3]


async def test_a_request_that_fails_tells_so_when_it_is_waited_for() -> None:
    strings = Strings()
    failing = Failing(HostcallFailed("timeout", "slow"), later=True)
    edge = with_http(asking(strings, send(strings, head()), "(call $http_wait (i32.const 1))"), failing)
    assert await edge.results() == [1, -6]


async def test_so_many_run_at_once_and_no_more() -> None:
    strings = Strings()
    edge = with_http(asking(strings, *[send(strings, head())] * 3), Web(), http_at_once=2)
    assert await edge.results() == [1, 2, -5]
    assert edge.counted("http_send", "over_budget") == 1


async def test_so_many_are_sent_in_all_and_no_more() -> None:
    strings = Strings()
    get = f"(i32.lt_s (call $http_get {strings(URL)}) (i32.const 0))"
    edge = with_http(asking(strings, get, get, get, send(strings, head())), Web(), http_calls=2)
    assert await edge.results() == [0, 0, 1, -5]


async def test_what_is_not_waited_for_ends_with_the_call() -> None:
    ended = asyncio.Event()

    async def for_ever(_: HttpAsk) -> HttpAnswer:
        try:
            await asyncio.sleep(3600)
        finally:
            ended.set()
        raise AssertionError

    strings = Strings()
    code = f"(drop {send(strings, head())}) (drop (call $cache_get {strings('a')})) {OK}"
    edge = Edge(guest(code, strings), Services(http=Web(for_ever), cache=Slow()))
    await edge.call()
    await asyncio.wait_for(ended.wait(), 5)


async def test_a_guest_that_sends_eight_and_waits_for_none_leaves_none_behind() -> None:
    class Begun:
        """A client whose requests are Tasks of its own."""

        def fetch(self, _: HttpAsk) -> asyncio.Task[None]:
            return asyncio.ensure_future(asyncio.sleep(3600))

    strings = Strings()
    edge = with_http(asking(strings, *[send(strings, head())] * 8), Begun())
    assert await edge.results() == [1, 2, 3, 4, 5, 6, 7, 8]
    others = asyncio.all_tasks() - {asyncio.current_task()}
    assert await eventually(lambda: all(each.cancelled() for each in others))


async def test_answers_that_nobody_waits_for_are_as_few_as_requests_at_once() -> None:
    strings = Strings()
    pause = f"(drop (call $cache_get {strings('a')}))"
    sent = " ".join(f"(drop {send(strings, head())}) {pause}" for _ in range(2))
    code = f"{sent} (i32.ne {send(strings, head())} (i32.const -5))"
    edge = Edge(guest(code, strings), Services(http=Web(), cache=Slow()), http_at_once=2)
    assert (await edge.call()).body is None


@pytest.mark.parametrize("run", ["a Task", "a Strand"])
async def test_a_request_that_somebody_else_cancelled_ends_the_call_and_not_who_waits_for_it(run: str) -> None:
    async def cancelled(_: HttpAsk) -> HttpAnswer:
        raise asyncio.CancelledError

    ended: list[BaseException] = []
    strings = Strings()
    wait = f"(drop (call $http_wait {send(strings, head())}))"
    pause = (
        f"(drop {send(strings, head())}) (drop (call $cache_get {strings('a')})) (drop (call $http_wait (i32.const 1)))"
    )
    for code in (wait, pause):
        edge = Edge(guest(f"{code} {OK}", strings), Services(http=Web(cancelled), cache=Slow()))

        async def exchange(edge: Edge = edge) -> None:
            try:
                await edge.call()
            except GuestTrap as error:
                ended.append(error)

        if run == "a Task":
            await exchange()
        else:
            strand = Strand(exchange())
            strand.step()
            assert await eventually(strand.done)
    assert [getattr(each, "reason", "") for each in ended] == ["cancelled"] * 2


class Slow:
    """A cache whose answer takes a few turns of the loop."""

    async def get(self, _: bytes) -> None:
        for _turn in range(3):
            await asyncio.sleep(0)


# -- the proxy's own routes


async def test_a_subrequest_goes_on_behalf_of_the_exchange() -> None:
    strings, web, exchange = Strings(), Web(), make_exchange()
    asked = head(url="/users?x=1")
    code = f"(drop (call $http_wait (call $route_send {strings(asked)} {strings('')}))) {OK}"
    await Edge(guest(code, strings), Services(subrequests=web)).call(exchange)
    assert web.asked == [HttpAsk("GET", "/users?x=1", [])]
    assert web.behind == [exchange]
