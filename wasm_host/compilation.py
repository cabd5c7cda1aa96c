"""Compiles one module in a process of its own, `python -m wasm_host.compilation WASM OUT`, lest it exhaust a worker.

Exit status 0 and a file for `Module.deserialize_file`, or 1 and one line on stderr. SIGABRT with "not implemented" on
stderr: wasmtime ends the process that asks for a type which its C API has no name for.
"""

from __future__ import annotations

import pathlib
import resource
import sys
from typing import Final

import wasmtime

from wasm_host.engine import configuration
from wasm_host.signature import spelled

CPU_S: Final = 60
DATA_BYTES: Final = 2 * 1024 * 1024 * 1024


def main() -> int:
    wasm, out = map(pathlib.Path, sys.argv[1:])
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_S, CPU_S))
    resource.setrlimit(resource.RLIMIT_DATA, (DATA_BYTES, DATA_BYTES))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        module = wasmtime.Module(wasmtime.Engine(configuration()), wasm.read_bytes())
    except wasmtime.WasmtimeError as error:
        print(" ".join(str(error).split()), file=sys.stderr)
        return 1
    _spell_border(module)
    out.write_bytes(module.serialize())
    return 0


def _spell_border(module: wasmtime.Module) -> None:
    """Ask for the types that workers will ask for; of v128, or what else comes, the process may die here."""
    imports, exports = (each.type for each in module.imports), (each.type for each in module.exports)
    for type in (*imports, *exports):
        if isinstance(type, wasmtime.FuncType):
            spelled(type)
        elif isinstance(type, wasmtime.GlobalType):
            str(type.content)


if __name__ == "__main__":
    sys.exit(main())
