"""A function's own tests, run on the real host without a server."""

from __future__ import annotations

import wasmtime
from kit.edge import OK, guest
from kit.example_functions import EXAMPLES, built, faults, written
from kit.exchanges import make_response
from kit.http_wasm import Strings

from config.function_file import FILE_NAME, Expected
from config.function_rehearsal import differences, rehearse
from wasm_host.module import WasmModule, module_of


def cached_api(tests: str) -> str:
    """Write the example's file with other tests."""
    whole = (EXAMPLES / "cached-api" / FILE_NAME).read_text()
    return f"{whole.partition('tests:')[0]}tests:\n{tests}"


def compiled(wat: str) -> WasmModule:
    return module_of(bytes(wasmtime.wat2wasm(f"(module {wat})")), "guest.wasm")


async def test_every_way_in_which_an_answer_differs_is_told() -> None:
    file = written("""
name: hello
tests:
  - {name: right, request: {uri: /?name=Bo}, expect: {body: "Hello, Bo!\\n"}}
  - {name: wrong, request: {uri: /}, expect: {status: 201, headers: {content-type: a/b, x-a: "1"}, body: no, json: 1}}
""")
    assert await faults(built("hello"), file) == {
        "wrong": (
            "the status is 200, not 201; the body is 'Hello, world!\\n'",
            "content-type is 'text/plain; charset=utf-8', not 'a/b'",
            "there is no x-a",
            "the body is 'Hello, world!\\n', not 'no'",
            "the body is 'Hello, world!\\n', not 1",
        )
    }


def test_json_is_compared_by_what_it_says() -> None:
    answer = make_response(200, body=b'{"b": [1.0, null], "a": "\\u00e9"}')
    assert list(differences(answer, Expected.model_validate({"json": {"a": "é", "b": [1, None]}}))) == []
    assert list(differences(answer, Expected.model_validate({"json": {"a": "e", "b": [1, None]}}))) != []
    assert list(differences(make_response(200, body=b"no JSON"), Expected.model_validate({"json": {}}))) != []


def test_a_long_body_is_shown_by_its_beginning() -> None:
    (said,) = differences(make_response(500, body=b"x" * 10_000), Expected())
    assert len(said) < 400


async def test_steps_find_what_those_before_them_stored_and_tests_begin_anew() -> None:
    there, gone = "{https://api.example.com/a: {body: x}}", "{https://api.example.com/a: {fails: unavailable}}"
    tests = f"""
  - name: one
    steps:
      - {{request: {{uri: /a}}, http: {there}, expect: {{headers: {{x-cache: miss}}}}}}
      - {{request: {{uri: /a}}, http: {gone}, expect: {{headers: {{x-cache: miss}}}}}}
  - {{name: two, request: {{uri: /a}}, http: {gone}, expect: {{status: 502}}}}
"""
    assert await faults(built("cached-api"), written(cached_api(tests))) == {
        "one": ("step 2: x-cache is 'hit', not 'miss'",)
    }


async def test_what_a_test_has_no_answer_for_is_told_to_the_function_and_to_people() -> None:
    tests = "  - {name: one, request: {uri: /unknown}, expect: {status: 502}}"
    (verdict,) = await rehearse(built("cached-api"), written(cached_api(tests)))
    assert verdict.faults == ()
    assert "warn: /unknown: the API fails: unavailable" in verdict.lines


async def test_a_host_that_is_not_allowed_is_not_reached_though_the_test_has_an_answer() -> None:
    tests = "  - {name: one, request: {uri: /a}, http: {https://other.example/a: {body: x}}, expect: {status: 502}}"
    text = cached_api(tests).replace("url: https://api.example.com", "url: https://other.example")
    (verdict,) = await rehearse(built("cached-api"), written(text))
    assert (verdict.faults, verdict.lines[-1]) == ((), "warn: /a: the API fails: not allowed")


async def test_a_function_that_fails_is_told_with_its_reason() -> None:
    module = compiled(guest("unreachable"))
    found = await faults(module, written("name: trap\ntests: [{name: one, expect: {}}]"))
    assert found["one"][0].startswith("it failed: ")


async def test_the_time_is_the_tests() -> None:
    asking_for_the_time = f"""
        (i64.store (i32.const 32768) (call $clock_ms))
        (drop (call $response_set_body (i32.const 32768) (i32.const 8))) {OK}"""
    module = compiled(guest(asking_for_the_time))
    milliseconds = repr("\x00" * 8).replace("'", '"')
    file = written(f"""
name: clock
allow: {{time: true}}
test_with: {{now: 1}}
tests: [{{name: then, now: 0, expect: {{body: {milliseconds}}}}}, {{name: other, expect: {{body: {milliseconds}}}}}]
""")
    assert list(await faults(module, file)) == ["other"]


async def test_sub_requests_are_answered_by_their_paths() -> None:
    strings = Strings()
    head = strings('{"method":"GET","url":"/part"}')
    sending = f"""
        (local.set $n (call $http_wait (call $route_send {head} (i32.const 0) (i32.const 0))))
        (drop (call $get_shared_buffer (i32.const 32768) (i32.const 0) (local.get $n)))
        (local.set $m (i32.add (i32.const 4) (i32.load (i32.const 32768))))
        (drop (call $response_set_body (i32.add (i32.const 32768) (local.get $m))
            (i32.sub (local.get $n) (local.get $m)))) {OK}"""
    file = written("""
name: part
allow: {routes: [parts]}
tests: [{name: one, http: {/part: {body: of it}}, expect: {body: of it}}]
""")
    assert await faults(compiled(guest(sending, strings)), file) == {}
