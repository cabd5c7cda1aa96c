"""A new version on trial: it starts, it answers its tests, and it reaches nothing."""

from typing import Any

import pytest
import wasmtime
from kit.deploying import saying
from kit.edge import FOR_EVER, OK, guest
from kit.http_wasm import Strings

from config.function_metadata import SelfTest
from config.function_self_test import SelfTestFailed, try_out
from config.trials import ONE_AT_A_TIME
from proxy.errors import AbiMismatch, GuestError
from wasm_host.functions.allowance import Allowance, StoreAllowance
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.module import module_of

pytestmark = pytest.mark.usefixtures("compilations_of_this_run")

ALLOWED = Allowance(kv=StoreAllowance())


def tried(wasm: bytes, *tests: dict[str, Any], allow: Allowance = ALLOWED, **limits: Any) -> None:
    settings = FunctionSettings("hello", "trial", allow=allow, limits=FunctionLimits(**{"cpu_s": 5.0, **limits}))
    try_out(module_of(wasm, "hello"), settings, [SelfTest.model_validate(test) for test in tests])


def made(code: str, strings: Strings | None = None, more: str = "") -> bytes:
    return bytes(wasmtime.wat2wasm(f"(module {guest(code, strings, more=more)})"))


def test_a_module_without_tests_is_started() -> None:
    tried(saying("hello"))


def test_a_module_that_answers_as_it_should_passes() -> None:
    tried(saying("hello"), {"expect": {"status": 200, "body_contains": "ell"}}, {"request": {"method": "HEAD"}})


@pytest.mark.parametrize(
    ("expect", "text"),
    [
        ({"status": 404}, r"tests\[0\]: the answer is 200, not 404"),
        ({"body_contains": "bye"}, r"tests\[0\]: the answer's body, of 5 bytes, does not contain 'bye'"),
    ],
)
def test_a_module_that_answers_otherwise_fails(expect: dict[str, Any], text: str) -> None:
    with pytest.raises(SelfTestFailed, match=text):
        tried(saying("hello"), {"expect": expect})


def test_the_test_that_fails_is_named() -> None:
    with pytest.raises(SelfTestFailed, match=r"tests\[1\]"):
        tried(saying("hello"), {}, {"expect": {"status": 404}})


def test_the_request_is_as_the_test_says() -> None:
    strings = Strings()
    name = strings("x-word")
    asked = "(call $response_set_body (i32.const 32768) (local.get $n))"
    wasm = made(
        f"""(local.set $n (call $request_get_header {name}))
        (drop (call $get_shared_buffer (i32.const 32768) (i32.const 0) (local.get $n)))
        (local.set $m (call $request_get_body))
        (drop (call $get_shared_buffer (i32.add (i32.const 32768) (local.get $n)) (i32.const 0) (local.get $m)))
        (local.set $n (i32.add (local.get $n) (local.get $m)))
        (drop {asked}) {OK}""",
        strings,
    )
    request = {"method": "POST", "uri": "/a?b", "headers": {"X-Word": "head"}, "body": "body"}
    tried(wasm, {"request": request, "expect": {"body_contains": "headbody"}})


def test_a_module_that_traps_at_its_start_fails() -> None:
    with pytest.raises(GuestError):
        tried(made(OK, more="(func $start unreachable) (start $start)"))


def test_a_module_that_traps_in_a_test_fails() -> None:
    with pytest.raises(SelfTestFailed, match=r"tests\[0\]"):
        tried(made("unreachable"), {})


def test_a_module_that_never_ends_is_ended() -> None:
    with pytest.raises(SelfTestFailed, match=r"tests\[0\]"):
        tried(made(f"{FOR_EVER} {OK}"), {}, cpu_s=0.02)


def test_a_module_that_wants_more_memory_than_it_may_have_fails() -> None:
    with pytest.raises(GuestError):
        tried(saying("hello"), memory_bytes=65536)


def test_a_store_that_is_allowed_is_not_there_on_trial() -> None:
    strings = Strings()
    key, word = strings("k"), strings("unavailable")
    unavailable = 2**32 - 7
    wasm = made(
        f"""(if (i32.eq (call $kv_get {key}) (i32.const {unavailable}))
              (then (drop (call $response_set_body {word}))))
        {OK}""",
        strings,
    )
    tried(wasm, {"expect": {"body_contains": "unavailable"}})


def test_what_is_not_allowed_is_not_linked() -> None:
    strings = Strings()
    with pytest.raises(AbiMismatch, match=r"`allow\.kv`"):
        tried(made(f"(drop (call $kv_get {strings('k')})) {OK}", strings), allow=Allowance())


def test_trials_make_way_for_the_next() -> None:
    with pytest.raises(SelfTestFailed):
        tried(made("unreachable"), {})
    assert not ONE_AT_A_TIME.locked()
