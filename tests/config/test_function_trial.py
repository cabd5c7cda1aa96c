"""One request to a function, and what is measured of it."""

from __future__ import annotations

from kit.edge import FOR_EVER, OK, guest
from kit.example_functions import about, built, written
from kit.http_wasm import Strings
from kit.toolchain import wat

from config.explanation import parse_request
from config.function_trial import tried
from wasm_host.module import WasmModule, module_of


def module(code: str, strings: Strings | None = None) -> WasmModule:
    return module_of(wat(f"(module {guest(code, strings)})"), "guest.wasm")


async def test_the_answer_is_told_with_what_it_took() -> None:
    trial = await tried(built("hello"), about("hello"), parse_request("GET http://function.test/?name=Bo", []))
    assert trial.answer is not None
    assert (trial.answer.status, trial.answer.body, trial.failure) == (200, b"Hello, Bo!\n", "")
    assert 0 < trial.cpu_s <= trial.seconds
    assert ("response_set_body", "ok", 1) in trial.hostcalls


async def test_servers_answer_as_the_file_says() -> None:
    trial = await tried(
        built("cached-api"), about("cached-api"), parse_request("GET http://function.test/items?page=2", [])
    )
    assert trial.answer is not None
    assert trial.answer.body == b'["tea"]'
    assert ("cache_get", "miss", 1) in trial.hostcalls
    assert ("http_send", "ok", 1) in trial.hostcalls


async def test_a_call_that_fails_has_no_answer() -> None:
    file = written("name: guest\nlimits: {cpu: 10ms}")
    trial = await tried(module(f"{FOR_EVER} {OK}"), file, parse_request("GET http://function.test/", []))
    assert trial.answer is None
    assert trial.failure == "timeout: it ran longer than 10 ms"


async def test_what_it_logs_is_kept() -> None:
    strings = Strings()
    logging = module(f"(call $log_at (i32.const 3) {strings('beware')}) {OK}", strings)
    trial = await tried(logging, written("name: guest"), parse_request("GET http://function.test/", []))
    assert trial.lines == ("warn: beware",)
