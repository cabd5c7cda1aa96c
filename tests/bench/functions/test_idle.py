"""Functions that are not called: what each takes, and modules that are compiled by copying."""

from __future__ import annotations

import hashlib
from pathlib import Path

from bench.functions.idle import Idle, compile_alike


def test_what_all_take_beyond_one_is_shared_among_the_others():
    assert Idle(11, 1000, 3000, 1.0, 2.0).each_bytes == 200


def test_what_a_module_was_compiled_to_is_kept_for_those_that_do_the_same(tmp_path: Path):
    one, other = (hashlib.sha256(wasm).hexdigest() for wasm in (b"one", b"other"))
    (tmp_path / f"{one}-50.0-0a").write_bytes(b"code")
    compile_alike(tmp_path, b"one", [b"other"])
    assert (tmp_path / f"{other}-50.0-0a").read_bytes() == b"code"
