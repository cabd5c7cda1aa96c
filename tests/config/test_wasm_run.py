"""One request through one filter, without a proxy."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from kit import FakeOrigin, answering
from kit.guests import guest, marking, passing_over_http_wasm, refusing, saying, trapping, wat_text

from config.wasm_run import Rehearsal, Story
from proxy.errors import AbiMismatch
from proxy.exchange import Client
from proxy.messages import Headers, Request, Response
from wasm_host.abi.proxy_wasm.pairs import encode_pairs
from wasm_host.program import GuestSettings

AB = {
    "experiment": "e",
    "variants": [
        {"name": "old", "weight": 1, "upstream": "site"},
        {"name": "new", "weight": 0, "upstream": "site-new"},
    ],
    "force": {"header": "x-force"},
}


@pytest.fixture
def written(tmp_path: pathlib.Path) -> Callable[[bytes], str]:
    def write(wasm: bytes) -> str:
        (tmp_path / "own.wasm").write_bytes(wasm)
        return str(tmp_path / "own.wasm")

    return write


async def play(
    path: str,
    *,
    config: object = None,
    fields: Mapping[str, str] = {},
    body: bytes | None = None,
    upstreams: Mapping[str, str] = {},
    **settings: Any,
) -> Story:
    request = Request("GET", "/x", headers=Headers.of(fields.items()), authority="a.test", host="a.test", body=body)
    given = GuestSettings("guest", b"" if config is None else json.dumps(config).encode(), **settings)
    answer = Response(200, Headers.of([("x-of", "origin")]), b"hello")
    return await Rehearsal(path, None, given, answer, upstreams).play(request, Client("192.0.2.1", 1, "desk"))


async def test_what_the_guest_changed_in_the_answer_is_seen(written: Callable[[bytes], str]) -> None:
    story = await play(written(marking("one")))
    assert story.canned.fields == [("x-of", "origin")]
    assert story.answered is not None
    assert (story.answered.first, story.answered.body) == ("200 OK", b"hello")
    assert story.answered.fields == [("x-of", "origin"), ("x-mark", "one")]
    assert not story.failures


async def test_the_origin_gets_the_whole_body(written: Callable[[bytes], str]) -> None:
    story = await play(written(marking("one")), body=b"question")
    assert story.forwarded is not None
    assert (story.forwarded.first, story.forwarded.body) == ("GET /x", b"question")


async def test_lines_are_kept_by_the_phase_they_came_in(written: Callable[[bytes], str]) -> None:
    story = await play(written(saying("asked")))
    assert story.transcript.phases == {"start": [], "request": [("info", "asked")], "response": []}


async def test_what_the_guest_answers_itself_never_reaches_the_origin() -> None:
    story = await play("builtin:auth.wasm", config={"api_keys": {"keys": [{"sha256": "0" * 64, "id": "a"}]}})
    assert story.answered is not None
    assert (story.answered.first, story.answered_by_guest) == ("401 Unauthorized", True)
    assert (story.forwarded, story.decisions, story.failures) == (None, ["credentials_missing"], [])


async def test_the_upstream_that_the_guest_chose_is_named_and_answers_as_told() -> None:
    names = {"site": "", "site-new": ""}
    story = await play("builtin:ab.wasm", config=AB, upstreams=names, fields={"x-force": "new"})
    assert story.upstream == "site-new"
    assert story.answered is not None
    assert story.answered.body == b"hello"


async def test_a_trap_is_a_failure_and_the_proxys_answer(written: Callable[[bytes], str]) -> None:
    story = await play(written(trapping()))
    assert [("unreachable" in failure) for failure in story.failures] == [True]
    assert story.answered is not None
    assert (story.answered.first, story.answered_by_guest) == ("500 Internal Server Error", False)


async def test_a_guest_that_does_not_start_leaves_its_last_words(written: Callable[[bytes], str]) -> None:
    story = await play(written(refusing("no")))
    assert story.transcript.phases["start"][0] == ("error", "no")
    assert ("refused its configuration" in story.failures[0], story.answered) == (True, None)


async def test_a_module_that_cannot_run_is_an_error(written: Callable[[bytes], str]) -> None:
    with pytest.raises(AbiMismatch, match="proxy_on_log"):
        await play(written(guest('(func (export "proxy_on_log") (param i64))')))


async def test_an_http_wasm_module_runs_too(written: Callable[[bytes], str]) -> None:
    story = await play(written(passing_over_http_wasm()))
    assert story.forwarded is not None
    assert (story.answered is not None and story.answered.first, story.failures) == ("200 OK", [])


CALL = encode_pairs([(b":method", b"GET"), (b":path", b"/check"), (b":authority", b"calls.test")])
CALLING = guest(
    f"""
    (data (i32.const 0) "api") (data (i32.const 8) "{wat_text(CALL)}")
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
      (drop (call $call (i32.const 0) (i32.const 3) (i32.const 8) (i32.const {len(CALL)})
        (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 5000) (i32.const 512)))
      (i32.const 1))
    (func (export "proxy_on_http_call_response") (param i32 i32 i32 i32 i32)
      (drop (call $become (i32.const 2)))
      (drop (call $continue (i32.const 0))))""",
    imports="""
    (import "env" "proxy_http_call"
      (func $call (param i32 i32 i32 i32 i32 i32 i32 i32 i32 i32) (result i32)))
    (import "env" "proxy_continue_stream" (func $continue (param i32) (result i32)))
    (import "env" "proxy_set_effective_context" (func $become (param i32) (result i32)))""",
)


async def test_calls_to_an_upstream_with_a_url_are_carried_out(written: Callable[[bytes], str]) -> None:
    async with FakeOrigin(answering()) as origin:
        story = await play(written(CALLING), upstreams={"api": f"http://{origin.address}/"})
        assert origin.connections[0].received.startswith(b"GET /check HTTP/1.1\r\nHost: calls.test\r\n")
    assert (story.failures, story.forwarded is None) == ([], False)


async def test_calls_to_one_without_find_nobody(written: Callable[[bytes], str]) -> None:
    story = await play(written(CALLING), upstreams={"api": ""})
    assert (story.failures, story.forwarded is None) == ([], False)
