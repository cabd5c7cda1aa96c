"""The process that compiles one module: what it writes, what it says, and its bounds."""

import pathlib
import resource
import signal
import subprocess
import sys

import pytest
import wasmtime

from wasm_host import compilation
from wasm_host.engine import engine

WAT = '(module (func (export "f")))'


def run(tmp_path: pathlib.Path, wasm: bytes) -> tuple[int, str, pathlib.Path]:
    source, out = tmp_path / "module.wasm", tmp_path / "compiled"
    source.write_bytes(wasm)
    command = [sys.executable, "-P", "-m", "wasm_host.compilation", str(source), str(out)]
    child = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert child.stdout == ""
    return child.returncode, child.stderr, out


def test_a_module_becomes_a_file_that_the_engine_loads(tmp_path: pathlib.Path) -> None:
    status, said, out = run(tmp_path, bytes(wasmtime.wat2wasm(WAT)))
    assert (status, said) == (0, "")
    assert [each.name for each in wasmtime.Module.deserialize_file(engine(), str(out)).exports] == ["f"]


def test_a_module_with_an_error_becomes_one_line(tmp_path: pathlib.Path) -> None:
    status, said, out = run(tmp_path, b"\0asm\1\0\0\0garbage")
    assert status == 1
    assert said.count("\n") == 1
    assert not out.exists()


def test_a_module_that_uses_what_is_refused_is_refused_here_already(tmp_path: pathlib.Path) -> None:
    status, said, _ = run(tmp_path, bytes(wasmtime.wat2wasm("(module (memory 1 2 shared))")))
    assert status == 1
    assert "shared" in said


@pytest.mark.parametrize(
    "border",
    [
        '(import "env" "proxy_log" (func (param v128)))',
        '(import "env" "global" (global v128))',
        '(func (export "proxy_on_tick") (param v128))',
        '(func (export "f") (result v128) unreachable)',
        '(global (export "g") v128 (v128.const i32x4 0 0 0 0))',
    ],
)
def test_a_type_that_would_end_a_worker_ends_this_process(border: str, tmp_path: pathlib.Path) -> None:
    status, said, out = run(tmp_path, bytes(wasmtime.wat2wasm(f"(module {border})")))
    assert status == -signal.SIGABRT
    assert "not implemented" in said
    assert not out.exists()


def test_vectors_inside_a_module_do_not_matter(tmp_path: pathlib.Path) -> None:
    status, _, _ = run(tmp_path, bytes(wasmtime.wat2wasm("(module (func (param v128) (result v128) (local.get 0)))")))
    assert status == 0


def test_the_process_bounds_itself_before_it_reads_a_byte(tmp_path: pathlib.Path) -> None:
    code = "\n".join(
        [
            "import resource, sys, wasmtime",
            "from wasm_host import compilation",
            "sys.argv[1:] = ['/nonexistent', '/nonexistent']",
            "try: compilation.main()",
            "except FileNotFoundError: pass",
            "names = ('RLIMIT_CPU', 'RLIMIT_DATA', 'RLIMIT_CORE')",
            "print([resource.getrlimit(getattr(resource, each))[1] for each in names])",
        ]
    )
    child = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert child.stdout.strip() == str([compilation.CPU_S, compilation.DATA_BYTES, 0])
    assert resource.getrlimit(resource.RLIMIT_CPU)[1] != compilation.CPU_S
