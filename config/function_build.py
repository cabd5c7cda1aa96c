"""From a function's sources to a module that runs here; what has not changed is not made again."""

from __future__ import annotations

import hashlib
import os
import pathlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

from config.build_tool import BuildFailed, Compiled, Compiler
from config.function_check import checked
from config.function_project import BUILD, Language, Project
from config.function_sources import BuildRecord, hashes_of, source_hashes
from config.progress import Progress
from config.rust_compiler import RustCompiler
from config.wasm_opt import WasmOpt
from config.zig_compiler import ZigCompiler
from wasm_host.module import WasmModule

RECORD: Final = "made-of.json"
LOCK: Final = "Cargo.lock"
"""A source that builds write: what counts is how they leave it."""

COMPILERS: Final[Mapping[Language, Callable[[], Compiler]]] = {"rust": RustCompiler.found, "zig": ZigCompiler.found}


@dataclass(frozen=True, slots=True)
class Built:
    """A module that fits its function; `unchanged` where it was there already."""

    file: pathlib.Path
    module: WasmModule
    unchanged: bool


def built(project: Project, progress: Progress) -> Built:
    """Make a project's module, unless it is there; raises BuildFailed, NoProject, and Unfit."""
    unchanged = project.ready is not None or not _renewed(project, progress)
    with progress.step("check"):
        module = checked(project)
    return Built(project.module, module, unchanged)


def _renewed(project: Project, progress: Progress) -> bool:
    """Make the module where it is not what the sources would come to; tell whether that was so."""
    compiler, optimizer = COMPILERS[project.language](), WasmOpt.found()
    tools = compiler.stamp if optimizer is None else f"{compiler.stamp} {optimizer.stamp}"
    path = project.directory / BUILD / RECORD
    record = BuildRecord.read(path)
    if record is not None and record.holds(tools, project.directory, project.module):
        return False
    path.unlink(missing_ok=True)
    path.parent.mkdir(exist_ok=True)
    sources = source_hashes(project.directory)
    with progress.step(compiler.title):
        compiled = compiler.compile(project.directory)
    wasm = _shrunk(compiled, optimizer, progress)
    _write(project.module, wasm)
    elsewhere = (*compiled.elsewhere, (project.directory / LOCK).absolute())
    BuildRecord(tools, sources, hashes_of(elsewhere), hashlib.sha256(wasm).hexdigest()).write(path)
    return True


def _shrunk(compiled: Compiled, optimizer: WasmOpt | None, progress: Progress) -> bytes:
    if compiled.notes:
        progress.say(compiled.notes)
    if optimizer is None:
        return compiled.wasm
    try:
        with progress.step("wasm-opt -Os"):
            return optimizer.shrunk(compiled.wasm)
    except BuildFailed as error:
        progress.say(f"{error.message}; the module stays as the compiler made it")
        return compiled.wasm


def _write(path: pathlib.Path, wasm: bytes) -> None:
    """Put a module in its place at once: others may read it meanwhile."""
    beside = path.with_suffix(".new")
    beside.write_bytes(wasm)
    os.replace(beside, path)
