"""The raw calls beside those of wasmtime's public API: the same arguments, the same results, in both directions."""

import gc
import threading
from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.wasm import BITS, WAT_TYPES, Joined, PublicGuest, host, signed, unsigned
from kit.wat import WatGuest, module_of

from wasm_host.calls import Instance, Linked, Running
from wasm_host.engine import engine
from wasm_host.limits import GuestLimits
from wasm_host.signature import Export, Signature

PARAMETERS = ["", "i", "I", "ii", "iI", "Ii", "II", "iii", "iIi", "III", "iiii", "IiIi", "iiiiii", "i" * 12, "iI" * 8]
SIGNATURES = [Signature(parameters, result) for parameters in PARAMETERS for result in ("", "i", "I")]
every_signature = pytest.mark.parametrize("signature", SIGNATURES, ids=str)

EDGES = {kind: [0, 1, 2 ** (bits - 1) - 1, 2 ** (bits - 1), 2**bits - 1] for kind, bits in BITS.items()}


def numbers(kind: str) -> st.SearchStrategy[int]:
    return st.sampled_from(EDGES[kind]) | st.integers(0, 2 ** BITS[kind] - 1)


def through(signature: Signature) -> str:
    """Write a guest that gives its arguments to the host and returns the host's answer."""
    parameters = "".join(f" (param {WAT_TYPES[each]})" for each in signature.parameters)
    result = f"(result {WAT_TYPES[signature.result]})" if signature.result else ""
    arguments = "".join(f"(local.get {number})" for number in range(len(signature.parameters)))
    return f"""
        (import "env" "ask" (func $ask{parameters} {result}))
        (func (export "through"){parameters} {result} (call $ask {arguments}))
    """


class Pair:
    """One guest twice: called by us, and through the public API. `heard` is what the host was given by each."""

    def __init__(self, signature: Signature) -> None:
        wat = through(signature)
        self.heard: list[list[int]] = []
        self.answer = 0
        self._signature = signature
        self._ours = WatGuest(wat, [host("ask", signature, self._hear)])
        self.public = PublicGuest(wat, [host("ask", signature, self._hear_signed)])

    def _hear(self, *arguments: int) -> int:
        self.heard.append(list(arguments))
        return self.answer

    def _hear_signed(self, *arguments: int) -> int | None:
        self.heard.append(list(arguments))
        result = self._signature.result
        return signed(result, self.answer) if result else None

    def ask(self, arguments: list[int], answer: int) -> tuple[int, Any]:
        self.heard, self.answer = [], answer
        ours = self._ours.call("through", *arguments)
        kinds = self._signature.parameters
        public = self.public.call("through", *(signed(*each) for each in zip(kinds, arguments, strict=True)))
        return ours, public


PAIRS: dict[Signature, Pair] = {}


@pytest.fixture(autouse=True)
def pairs_end_with_their_test() -> Iterator[None]:
    yield
    while PAIRS:
        PAIRS.popitem()[1].public.store.close()


@every_signature
@settings(max_examples=25)
@given(data=st.data())
def test_numbers_go_through_as_they_do_by_the_public_api(signature: Signature, data: st.DataObject) -> None:
    pair = PAIRS.get(signature) or PAIRS.setdefault(signature, Pair(signature))
    arguments = [data.draw(numbers(kind)) for kind in signature.parameters]
    answer = data.draw(numbers(signature.result)) if signature.result else 0
    ours, public = pair.ask(arguments, answer)
    if signature.result:
        assert ours == answer == unsigned(signature.result, public)
    heard, publicly = pair.heard
    assert publicly == [signed(*each) for each in zip(signature.parameters, arguments, strict=True)]
    # The host is given i32 unsigned, for they are places and sizes, and i64 signed.
    assert heard == [
        argument if kind == "i" else signed(kind, argument)
        for kind, argument in zip(signature.parameters, arguments, strict=True)
    ]


@given(first=numbers("I"), second=numbers("i"))
def test_a_call_leaves_nothing_of_its_numbers_to_the_next(first: int, second: int) -> None:
    guest = wide_guest()
    assert guest.call("same", first) == first
    assert guest.call("sum", second, first) == (second + first) % 2**64
    assert guest.call("same", second) == second


@cache
def wide_guest() -> WatGuest:
    return WatGuest("""
        (func (export "same") (param i64) (result i64) (local.get 0))
        (func (export "sum") (param i32 i64) (result i64)
            (i64.add (i64.extend_i32_u (local.get 0)) (local.get 1)))
    """)


@pytest.mark.parametrize("argument", [-1, 2**32, 1.0, None, "1"])
def test_what_is_no_unsigned_number_is_refused_before_the_call(argument: Any) -> None:
    guest = WatGuest('(func (export "same") (param i32) (result i32) (local.get 0))')
    with pytest.raises((ValueError, TypeError)):
        guest.call("same", argument)
    assert guest.call("same", 7) == 7


@pytest.mark.parametrize("answer", [-1, 2**32, 1.0, None, "1"])
@pytest.mark.parametrize("result", ["i", "I"])
def test_what_a_host_function_may_not_return_is_an_error_of_its_own(answer: Any, result: str) -> None:
    if (answer, result) == (2**32, "I"):
        answer = 2**64
    guest = WatGuest(through(Signature("", result)), [host("ask", Signature("", result), lambda: answer)])
    with pytest.raises((ValueError, TypeError)):
        guest.call("through")


def test_a_function_without_parameters_and_result_is_called() -> None:
    called = []
    guest = WatGuest(through(Signature("")), [host("ask", Signature(""), lambda: called.append(1))])
    for _ in range(3):
        guest.call("through")
    assert called == [1, 1, 1]


def test_what_a_module_lacks_is_none() -> None:
    exports = [Export("missing", Signature("")), Export("there", Signature("", "i"))]
    module = module_of('(func (export "there") (result i32) (i32.const 7))')
    missing, there = Instance(Linked(engine(), module, [], exports, GuestLimits(), Running(1.0))).functions
    assert missing is None
    assert there is not None
    assert there() == 7


def test_host_functions_are_met_from_any_depth_of_the_stack() -> None:
    """More depths than the views of argument slots that are kept."""
    heard: list[int] = []
    guest = WatGuest(
        """
        (import "env" "ask" (func $ask (param i32) (result i32)))
        (func $deeper (export "deeper") (param i32) (result i32)
            (if (result i32) (local.get 0)
                (then (i32.add
                    (call $ask (local.get 0))
                    (call $deeper (i32.sub (local.get 0) (i32.const 1)))))
                (else (i32.const 0))))
        """,
        [host("ask", Signature("i", "i"), lambda number: heard.append(number) or 1)],
        call_time_s=10.0,
    )
    depth = 6000
    for _ in range(2):
        assert guest.call("deeper", depth) == depth
    assert heard == 2 * list(range(depth, 0, -1))


COUNTING = """
    (import "env" "next" (func $next (param i32) (result i32)))
    (func (export "count") (param $left i32) (result i32)
        (local $number i32)
        (loop $again
            (local.set $number (call $next (local.get $number)))
            (br_if $again (local.tee $left (i32.sub (local.get $left) (i32.const 1)))))
        (local.get $number))
"""


def counting() -> Joined:
    return Joined(COUNTING, [host("next", Signature("i", "i"), lambda number: number + 1)], call_time_s=60.0)


def test_what_c_calls_lives_as_long_as_an_instance_does() -> None:
    joined = counting()
    instance = joined.instance()
    function = instance.functions[0]
    assert function is not None
    del joined, instance
    gc.collect()
    assert function(100) == 100


def test_the_collector_may_run_at_any_moment() -> None:
    before = gc.get_threshold()
    gc.set_threshold(1, 1, 1)
    try:
        joined = counting()
        for _ in range(20):
            instance = joined.instance()
            assert joined.call(instance, "count", 20) == 20
            instance.close()
    finally:
        gc.set_threshold(*before)


def test_guests_of_different_programs_run_in_threads_at_once() -> None:
    wrong: list[int] = []

    def work() -> None:
        joined = counting()
        for number in range(1, 300):
            instance = joined.instance()
            if joined.call(instance, "count", number) != number:
                wrong.append(number)
            instance.close()

    threads = [threading.Thread(target=work) for _ in range(3)]
    for each in threads:
        each.start()
    for each in threads:
        each.join(30)
        assert not each.is_alive()
    assert wrong == []
