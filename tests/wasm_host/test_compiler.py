"""Compiled modules on disk: made once, taken from there, and trusted only where nobody else could have put them."""

import os
import pathlib
import stat
import subprocess
import sys
import time

import pytest
import wasmtime

from proxy.errors import AbiMismatch
from wasm_host import compiler
from wasm_host.compiler import cache_directory, compiled
from wasm_host.engine import engine

WASM = bytes(wasmtime.wat2wasm('(module (func (export "f") (result i32) (i32.const 42)))'))


@pytest.fixture
def home(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """Give the test a cache of its own; returns where its files lie."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "penstock/wasm"


@pytest.fixture
def compilations(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """Write down what is compiled; it is, in this process, for a child takes longer."""
    done: list[bytes] = []

    def run(source: pathlib.Path, made: pathlib.Path) -> None:
        done.append(source.read_bytes())
        made.write_bytes(wasmtime.Module(engine(), source.read_bytes()).serialize())

    monkeypatch.setattr(compiler, "_run_child", run)
    return done


def answer(module: wasmtime.Module) -> object:
    store = wasmtime.Store(engine())
    store.set_epoch_deadline(1_000_000)
    function = wasmtime.Instance(store, module, []).exports(store)["f"]
    assert isinstance(function, wasmtime.Func)
    return function(store)


def kept(home: pathlib.Path) -> list[pathlib.Path]:
    return sorted(home.iterdir())


# The cache.


def test_a_module_is_compiled_by_a_child_and_kept(home: pathlib.Path) -> None:
    assert answer(compiled(WASM)) == 42
    (file,) = kept(home)
    assert file.name.startswith(compiler.hashlib.sha256(WASM).hexdigest())
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE(home.stat().st_mode) == stat.S_IMODE(home.parent.stat().st_mode) == 0o700


def test_a_module_is_compiled_once(home: pathlib.Path, compilations: list[bytes]) -> None:
    assert [answer(compiled(WASM)) for _ in range(3)] == [42, 42, 42]
    assert compilations == [WASM]


def test_another_module_is_another_file(home: pathlib.Path, compilations: list[bytes]) -> None:
    compiled(WASM)
    compiled(bytes(wasmtime.wat2wasm("(module)")))
    assert len(compilations) == len(kept(home)) == 2


@pytest.mark.parametrize("umask", [0o022, 0o002, 0o000])
def test_whatever_the_umask_what_was_kept_is_found_again(
    home: pathlib.Path, compilations: list[bytes], umask: int
) -> None:
    before = os.umask(umask)
    try:
        compiled(WASM)
        compiled(WASM)
    finally:
        os.umask(before)
    assert len(compilations) == 1


def foreign() -> bytes:
    """Return a module that was compiled with other settings."""
    return bytes(wasmtime.Module(wasmtime.Engine(wasmtime.Config()), WASM).serialize())


@pytest.mark.parametrize(
    "spoil",
    [
        lambda whole: b"",
        lambda whole: b"garbage" * 100,
        lambda whole: whole[:100],
        lambda whole: whole[: len(whole) // 2],
        lambda whole: foreign(),
    ],
    ids=["empty", "garbage", "cut after the header", "cut in half", "made with other settings"],
)
def test_what_was_spoilt_is_made_anew(home: pathlib.Path, compilations: list[bytes], spoil: object) -> None:
    compiled(WASM)
    (file,) = kept(home)
    file.write_bytes(spoil(file.read_bytes()))  # type: ignore[operator]
    assert answer(compiled(WASM)) == 42
    assert answer(compiled(WASM)) == 42
    assert len(compilations) == 2


# Whose files are run.


@pytest.mark.parametrize("mode", [0o620, 0o602, 0o666])
def test_a_file_that_others_may_write_is_made_anew(home: pathlib.Path, compilations: list[bytes], mode: int) -> None:
    compiled(WASM)
    (file,) = kept(home)
    file.chmod(mode)
    compiled(WASM)
    assert len(compilations) == 2


def test_a_link_is_not_followed(home: pathlib.Path, compilations: list[bytes], tmp_path: pathlib.Path) -> None:
    compiled(WASM)
    (file,) = kept(home)
    file.rename(tmp_path / "elsewhere")
    file.symlink_to(tmp_path / "elsewhere")
    compiled(WASM)
    assert len(compilations) == 2


@pytest.mark.parametrize("which", ["penstock", "penstock/wasm"])
@pytest.mark.parametrize("mode", [0o770, 0o707, 0o777, 0o1777])
def test_a_directory_that_others_may_write_is_not_used(
    home: pathlib.Path, compilations: list[bytes], which: str, mode: int, tmp_path: pathlib.Path
) -> None:
    home.mkdir(parents=True)
    (tmp_path / which).chmod(mode)
    assert [answer(compiled(WASM)) for _ in range(2)] == [42, 42]
    assert len(compilations) == 2
    assert kept(home) == []


def test_a_directory_of_somebody_else_is_not_used(
    home: pathlib.Path, compilations: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    compiled(WASM)
    stranger = os.getuid() + 1
    monkeypatch.setattr(os, "getuid", lambda: stranger)
    assert answer(compiled(WASM)) == 42
    assert len(compilations) == 2


def test_a_place_that_cannot_be_written_is_done_without(
    tmp_path: pathlib.Path, compilations: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").touch()
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "file"))
    assert answer(compiled(WASM)) == 42
    assert [each.name for each in tmp_path.iterdir()] == ["file"]


# Where.


def test_the_cache_lies_where_the_user_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", "/var/cache/edge")
    assert cache_directory() == pathlib.Path("/var/cache/edge/penstock/wasm")


@pytest.mark.parametrize("said", [None, "", "relative/cache"])
def test_the_cache_lies_in_the_home_otherwise(monkeypatch: pytest.MonkeyPatch, said: str | None) -> None:
    monkeypatch.setenv("HOME", "/home/someone")
    monkeypatch.delenv("XDG_CACHE_HOME") if said is None else monkeypatch.setenv("XDG_CACHE_HOME", said)
    assert cache_directory() == pathlib.Path("/home/someone/.cache/penstock/wasm")


def test_an_unset_home_is_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.delenv("HOME", raising=False)
    assert cache_directory().is_absolute()


def test_an_empty_home_leads_to_no_directory_of_the_working_directorys(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setenv("HOME", "")
    assert cache_directory().is_absolute()


def test_a_user_without_a_home_compiles_for_this_process_only(
    tmp_path: pathlib.Path, compilations: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_CACHE_HOME", raising=False)
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)  # As it does for a user whom nobody knows.
    monkeypatch.chdir(tmp_path)
    assert answer(compiled(WASM)) == 42
    assert list(tmp_path.iterdir()) == []


# What is not compiled.


def test_a_module_that_is_too_large_is_refused_unread(
    home: pathlib.Path, compilations: list[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(compiler, "LARGEST_MODULE_BYTES", len(WASM))
    compiled(WASM)
    monkeypatch.setattr(compiler, "LARGEST_MODULE_BYTES", len(WASM) - 1)
    with pytest.raises(AbiMismatch, match=f"{len(WASM)} bytes long; the most is {len(WASM) - 1}"):
        compiled(WASM)


def test_a_module_with_an_error_is_refused_with_the_compilers_words(home: pathlib.Path) -> None:
    with pytest.raises(AbiMismatch, match=r"cannot be compiled: .*unexpected end") as caught:
        compiled(WASM[:-3])
    assert "\n" not in str(caught.value)
    assert kept(home) == []


def test_a_module_that_declares_more_than_there_is_room_for_is_refused_and_not_kept(home: pathlib.Path) -> None:
    with pytest.raises(AbiMismatch, match=r"too large for this host: .*table index 0 has a minimum"):
        compiled(bytes(wasmtime.wat2wasm("(module (table 4000000000 funcref))")))
    assert kept(home) == []


def test_a_module_that_takes_too_long_is_refused_in_time(home: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(compiler, "TIMEOUT_S", 0.02)
    begun = time.monotonic()
    with pytest.raises(AbiMismatch, match=r"does not compile within 0\.02 s"):
        compiled(WASM)
    assert time.monotonic() - begun < 5
    assert kept(home) == []


def test_a_vector_at_a_modules_border_is_refused_and_ends_nobody(home: pathlib.Path) -> None:
    with pytest.raises(AbiMismatch, match="type that no ABI has, such as v128"):
        compiled(bytes(wasmtime.wat2wasm('(module (func (export "proxy_on_tick") (param v128)))')))
    assert kept(home) == []


def child_that(does: str, directory: pathlib.Path) -> str:
    """Write a program to stand in for Python."""
    program = directory / "python"
    program.write_text(f"#!/bin/sh\n{does}\n")
    program.chmod(0o755)
    return str(program)


@pytest.mark.parametrize(
    ("does", "says"),
    [
        ("kill -XCPU $$", "takes more than 60 s or 2 GiB"),
        ("kill -KILL $$", "takes more than 60 s or 2 GiB"),
        ("echo one >&2; echo two >&2; exit 1", "cannot be compiled: two$"),
        ("exit 1", "no reason was given"),
    ],
)
def test_a_child_that_ends_without_a_module_says_why(
    home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, does: str, says: str
) -> None:
    monkeypatch.setattr(sys, "executable", child_that(does, tmp_path))
    with pytest.raises(AbiMismatch, match=says):
        compiled(WASM)
    assert kept(home) == []


def test_workers_that_compile_the_same_module_at_once_all_get_it(home: pathlib.Path) -> None:
    code = f"from wasm_host.compiler import compiled\nprint(len(compiled({WASM!r}).exports))"
    children = [subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE) for _ in range(3)]
    assert [each.communicate(timeout=60)[0] for each in children] == [b"1\n"] * 3
    assert len(kept(home)) == 1


def test_a_folder_of_the_users_does_not_stand_in_for_ours(
    home: pathlib.Path, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "wasm_host").mkdir()
    (tmp_path / "wasm_host/__init__.py").write_text("raise SystemExit('theirs')")
    monkeypatch.chdir(tmp_path)
    assert answer(compiled(WASM)) == 42
