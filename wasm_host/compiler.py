"""Compiles modules once: in a child process with limits, into a cache on disk from which workers load them."""

from __future__ import annotations

import hashlib
import os
import pathlib
import stat
import subprocess
import sys
import tempfile
from importlib.metadata import version
from typing import Final

import wasmtime

from proxy.errors import AbiMismatch
from wasm_host import compilation, engine

LARGEST_MODULE_BYTES: Final = 64 * 1024 * 1024
TIMEOUT_S: Final = 60.0
"""176 KiB of WASM can take 0.6 s of one core; well-meant modules of several MiB take a few seconds."""


def cache_directory() -> pathlib.Path:
    """Return where compiled modules are kept: `penstock/wasm` in the user's cache directory (XDG Base Directory).

    A relative XDG_CACHE_HOME is to be ignored; of a user without a home the path stays relative.
    """
    named = os.environ.get("XDG_CACHE_HOME", "")
    home = named if os.path.isabs(named) else os.path.join(os.path.expanduser("~"), ".cache")
    return pathlib.Path(home, "penstock", "wasm")


def compiled(wasm: bytes) -> wasmtime.Module:
    """Return a module, from the cache where it is there. Blocks; raises AbiMismatch that says what is wrong with it."""
    if len(wasm) > LARGEST_MODULE_BYTES:
        raise AbiMismatch(f"the module is {len(wasm)} bytes long; the most is {LARGEST_MODULE_BYTES}")
    directory = _private(cache_directory())
    if directory is None:  # A home that cannot be written, in a container perhaps: compile for this process only.
        with tempfile.TemporaryDirectory(prefix="penstock-wasm-") as own:
            return _made(wasm, pathlib.Path(own))
    kept = directory / _key(wasm)
    if _trusted(kept):
        try:
            return _loaded(kept)
        except wasmtime.WasmtimeError:  # Cut short, or made for another processor; made anew below.
            kept.unlink(missing_ok=True)
    return _made(wasm, directory)


def _made(wasm: bytes, directory: pathlib.Path) -> wasmtime.Module:
    """Compile, and load; wasmtime judges only then whether this process has room for what a module declares."""
    file = _compile(wasm, directory)
    try:
        return _loaded(file)
    except wasmtime.WasmtimeError as error:
        file.unlink()
        told = " ".join(str(error).split())
        raise AbiMismatch(f"the module is too large for this host: {told}") from error


def _loaded(file: pathlib.Path) -> wasmtime.Module:
    return wasmtime.Module.deserialize_file(engine.engine(), str(file))


def _key(wasm: bytes) -> str:
    """Name a compiled module by all that it depends on; wasmtime checks the rest, such as the processor, itself."""
    settings = pathlib.Path(engine.__file__).read_bytes()
    return f"{hashlib.sha256(wasm).hexdigest()}-{version('wasmtime')}-{hashlib.sha256(settings).hexdigest()[:8]}"


def _private(directory: pathlib.Path) -> pathlib.Path | None:
    """Return the directory if it is ours alone: what lies in it is run as machine code.

    So must be the one above: who may write there can put another directory in its place.
    """
    if not directory.is_absolute():
        return None
    try:
        for each in (directory.parent, directory):
            each.mkdir(mode=0o700, parents=True, exist_ok=True)
            if not _ours(each.stat()):
                return None
    except OSError:
        return None
    return directory if os.access(directory, os.W_OK) else None


def _trusted(file: pathlib.Path) -> bool:
    try:
        found = file.lstat()
    except FileNotFoundError:
        return False
    return stat.S_ISREG(found.st_mode) and _ours(found)


def _ours(found: os.stat_result) -> bool:
    return found.st_uid == os.getuid() and not found.st_mode & (stat.S_IWGRP | stat.S_IWOTH)


def _compile(wasm: bytes, directory: pathlib.Path) -> pathlib.Path:
    """Compile into the directory; the finished file appears there at once, so that no worker sees half of it."""
    with tempfile.TemporaryDirectory(dir=directory) as scratch:
        source, made = pathlib.Path(scratch, "module.wasm"), pathlib.Path(scratch, "compiled")
        source.write_bytes(wasm)
        _run_child(source, made)
        made.chmod(0o600)  # Whatever the umask: else it would not be trusted.
        return made.rename(directory / _key(wasm))


def _run_child(source: pathlib.Path, made: pathlib.Path) -> None:
    # -P: not from the working directory, where a folder of the user's may be called `proxy` too.
    command = [sys.executable, "-P", "-m", compilation.__name__, str(source), str(made)]
    try:
        child = subprocess.run(
            command, capture_output=True, encoding="utf-8", errors="replace", timeout=TIMEOUT_S, check=False
        )
    except subprocess.TimeoutExpired as error:
        raise AbiMismatch(f"the module does not compile within {TIMEOUT_S:g} s") from error
    if child.returncode < 0 and "not implemented" in child.stderr:
        raise AbiMismatch("it imports or exports something of a type that no ABI has, such as v128")
    if child.returncode < 0:
        raise AbiMismatch(f"compiling the module takes more than {compilation.CPU_S} s or 2 GiB")
    if child.returncode:
        raise AbiMismatch(f"the module cannot be compiled: {_last_line(child.stderr)}")


def _last_line(text: str) -> str:
    return text.strip().splitlines()[-1] if text.strip() else "no reason was given"
