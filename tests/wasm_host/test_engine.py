"""The engine of the process: what it refuses, how many guests it holds, its clock."""

import subprocess
import sys
import threading
import time

import pytest
import wasmtime
from kit.wasm import Joined
from kit.wat import module_of

from proxy.errors import GuestUnavailable
from wasm_host.calls import Instance
from wasm_host.engine import GUESTS, REFUSED, TABLE_ELEMENTS, TICK_S, configuration, engine

NOT_FOR_FILTERS = {
    "threads": "(memory 1 2 shared)",
    "memory64": "(memory i64 1)",
    "multi_memory": "(memory 1) (memory 1)",
    "gc": "(type (struct))",
    "function_references": "(type $f (func)) (func (param (ref null $f)))",
    "exceptions": "(tag)",
    "relaxed_simd": "(func (param v128 v128) (drop (i8x16.relaxed_swizzle (local.get 0) (local.get 1))))",
    "custom_page_sizes": "(memory 1 (pagesize 1))",
    "wide_arithmetic": "(func (param i64 i64) (i64.mul_wide_u (local.get 0) (local.get 1)) drop drop)",
    "stack_switching": "(type $f (func)) (type $c (cont $f))",
}
FOR_FILTERS = {
    "bulk_memory": "(memory 1) (func (memory.fill (i32.const 0) (i32.const 0) (i32.const 1)))",
    "sign_extension": "(func (drop (i32.extend8_s (i32.const 1))))",
    "saturating_conversions": "(func (drop (i32.trunc_sat_f32_s (f32.const 1))))",
    "reference_types": "(table 1 funcref) (func (drop (table.size)))",
    "multi_value": "(func (result i32 i32) (i32.const 1) (i32.const 2))",
    "simd": "(func (drop (i8x16.splat (i32.const 1))))",
    "mutable_globals": '(global (export "g") (mut i32) (i32.const 0))',
}


@pytest.mark.parametrize("proposal", NOT_FOR_FILTERS)
def test_what_filters_do_without_is_refused(proposal: str) -> None:
    with pytest.raises(wasmtime.WasmtimeError):
        module_of(NOT_FOR_FILTERS[proposal])
    with pytest.raises(wasmtime.WasmtimeError):
        wasmtime.Module(wasmtime.Engine(configuration()), f"(module {NOT_FOR_FILTERS[proposal]})")


def test_each_refused_proposal_is_tried_above() -> None:
    assert set(REFUSED) <= set(NOT_FOR_FILTERS)


@pytest.mark.parametrize("proposal", FOR_FILTERS)
def test_what_compilers_write_today_is_taken(proposal: str) -> None:
    module_of(FOR_FILTERS[proposal])


def test_what_another_process_compiles_this_engine_loads() -> None:
    made = wasmtime.Module(wasmtime.Engine(configuration()), '(module (func (export "f")))').serialize()
    assert [each.name for each in wasmtime.Module.deserialize(engine(), made).exports] == ["f"]


def test_there_is_one_engine_with_one_ticker() -> None:
    assert engine() is engine()
    tickers = [each for each in threading.enumerate() if each.name == "wasm-ticker"]
    assert [each.daemon for each in tickers] == [True]


def test_the_clock_ticks() -> None:
    store = wasmtime.Store(engine())
    linker = wasmtime.Linker(engine())
    guest = linker.instantiate(store, module_of('(func (export "f") (loop $again (br $again)))')).exports(store)["f"]
    assert isinstance(guest, wasmtime.Func)
    store.set_epoch_deadline(5)
    begun = time.monotonic()
    with pytest.raises(wasmtime.Trap, match="interrupt"):
        guest(store)
    assert 4 * TICK_S <= time.monotonic() - begun < 5 * TICK_S + 0.5


def test_guests_are_as_many_as_the_process_has_places_and_no_more() -> None:
    joined = Joined('(memory (export "memory") 1) (func (export "f") (result i32) (i32.const 3))')
    made: list[Instance] = []

    def fill() -> None:
        while len(made) <= GUESTS:
            made.append(joined.instance())

    with pytest.raises(GuestUnavailable) as caught:
        fill()
    assert caught.value.reason == "no_instance"
    assert GUESTS * 0.9 < len(made) <= GUESTS  # Tests in other directories may have left a few of their own.
    for each in made[:10]:
        each.close()
    later = [joined.instance() for _ in range(10)]
    assert joined.call(later[-1], "f") == 3
    for each in made[10:] + later:
        each.close()


@pytest.mark.parametrize(("elements", "fits"), [(TABLE_ELEMENTS, True), (TABLE_ELEMENTS + 1, False)])
def test_a_table_has_as_many_elements_as_its_place(elements: int, fits: bool) -> None:
    try:
        Joined(f"(table {elements} funcref)", table_elements=TABLE_ELEMENTS * 2).instance().close()
    except (GuestUnavailable, wasmtime.WasmtimeError):
        assert not fits
    else:
        assert fits


WITHOUT_A_POOL = """
import logging, resource
logging.basicConfig(format="%(message)s")
resource.setrlimit(resource.RLIMIT_AS, (32 << 30, 32 << 30))
from kit.wasm import Joined
joined = Joined('(memory (export "memory") 1) (func (export "f") (result i32) (i32.const 3))')
print(joined.call(joined.instance(), "f"))
"""


def test_where_addresses_are_scarce_guests_are_made_without_the_pool() -> None:
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{WITHOUT_A_POOL}"
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert child.stdout == "3\n"
    assert "twice the cost" in child.stderr
