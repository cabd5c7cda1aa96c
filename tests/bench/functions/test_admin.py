"""Modules that are others, and do the same."""

from __future__ import annotations

import wasmtime

from bench.functions.admin import stamped
from bench.guests import compiled


def test_stamped_modules_differ_and_compile_to_the_same_code():
    wasm, engine = compiled("telling"), wasmtime.Engine()
    one, two = stamped(wasm, 1), stamped(wasm, 2)
    assert len({wasm, one, two}) == 3
    codes = {bytes(wasmtime.Module(engine, each).serialize()) for each in (wasm, one, two)}
    assert len(codes) == 1
