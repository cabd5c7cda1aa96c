"""An edge module joined with this host for one version of a function."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Final, TypeAlias

from proxy.errors import AbiMismatch, FunctionFailed
from wasm_host.abi.edge.entry import entry_of
from wasm_host.abi.edge.imports import IMPORTS, Import, implementation, owners
from wasm_host.fibers import FiberLinked, FiberRunning
from wasm_host.functions.call import Call
from wasm_host.functions.guest import CallGuest, guest_limits, try_start
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.linking import export_misfits, import_misfits
from wasm_host.module import WasmModule
from wasm_host.signature import Export, HostFunction

Name: TypeAlias = tuple[str, str]
"""An import's module and name."""

_BY_NAME: Final[Mapping[Name, Import]] = {(each.module, each.name): each for each in IMPORTS}


def _compared(*_: int) -> None:
    """Stand in where only a signature is compared."""


_OFFERED: Final = tuple(HostFunction(each.module, each.name, each.signature, _compared) for each in IMPORTS)


class EdgeProgram:
    """Runs a fresh guest for each call. Only what the module imports, and `allow` names, is linked into it."""

    def __init__(
        self, module: WasmModule, settings: FunctionSettings, services: Services, hostcalls: Hostcalls
    ) -> None:
        """Join the module; raises AbiMismatch that names each misfit."""
        entry = entry_of(module.compiled, settings.entry)
        imported = dict.fromkeys((each.module, each.name or "") for each in module.compiled.imports)
        misfits = list(_misfits(module, settings, entry, imported))
        if misfits:
            raise AbiMismatch(f"{module.name} does not fit {module.abi_title}: {'; '.join(misfits)}")
        limits = guest_limits(settings.limits)
        running = FiberRunning(limits.call_time_s)
        behind = owners(settings, services)
        functions = [_host_function(_BY_NAME[each], behind, hostcalls, running) for each in imported]
        self._settings, self._lines = settings, hostcalls.lines
        self._linked = FiberLinked(module.engine, module.compiled, functions, [entry], limits, running)
        self._arguments = (0,) * len(entry.signature.parameters)

    async def run(self, call: Call) -> None:
        """Run a guest; raises GuestError, FunctionFailed where its entry says so, or what broke the request."""
        guest = CallGuest(self._linked, call)
        try:
            await guest.start()
            result = await guest.enter(guest.functions[0], *self._arguments)
        finally:
            guest.close()
        if result:
            raise FunctionFailed(f"its entry returned {result - 2**32 if result >= 2**31 else result}")

    def try_out(self) -> None:
        try_start(self._linked, self._settings, self._lines)


def _misfits(module: WasmModule, settings: FunctionSettings, entry: Export, imported: Iterable[Name]) -> Iterator[str]:
    compiled = module.compiled
    yield from import_misfits(compiled, _OFFERED)
    yield from export_misfits(compiled, [entry])
    if entry.name not in {each.name for each in compiled.exports}:
        yield f"it exports no {entry.name}, where it would be entered"
    for name in imported:
        wanted = _BY_NAME.get(name)
        if wanted is not None and not wanted.is_allowed(settings.allow):
            keys = " or ".join(f"`allow.{key}`" for key in wanted.keys)
            yield f"it imports {wanted.module}.{wanted.name}, for which {settings.name} needs {keys}"


def _host_function(
    wanted: Import, behind: Sequence[object], hostcalls: Hostcalls, running: FiberRunning
) -> HostFunction:
    failures = wanted.failures
    gate = hostcalls.gated(wanted.name, implementation(wanted, behind), running, failures)
    wild = failures["invalid"]
    return HostFunction(wanted.module, wanted.name, wanted.signature, gate, on_wild_pointer=wild, waits=wanted.waits)
