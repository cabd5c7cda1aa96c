"""A json guest's module joined with this host for one version of a function."""

from __future__ import annotations

from functools import partial
from typing import Final

from wasm_host.abi.json_guest.answer import answer, decide
from wasm_host.abi.json_guest.entry import ALLOCATE, entry_of, is_packed
from wasm_host.abi.json_guest.imports import Database, host_functions
from wasm_host.abi.json_guest.question import body_alone, question
from wasm_host.fibers import FiberLinked, FiberRunning
from wasm_host.functions.call import Call
from wasm_host.functions.guest import CallGuest, guest_limits, try_start
from wasm_host.functions.hostcalls import Hostcalls
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.handover import BadAnswer, handed_over, read_u32
from wasm_host.linking import needed
from wasm_host.memory import MOST_READ_BYTES
from wasm_host.module import WasmModule

_ALLOCATE, _ENTRY = 0, 1
_VERDICTS: Final = range(2)
"""Neither is a place where a pointer could lead: so it is told which of the two forms with an i32 a guest has."""


class JsonProgram:
    """Runs a fresh guest for each call. What it allocated is never given back to it: it is gone with its call."""

    def __init__(
        self, module: WasmModule, settings: FunctionSettings, services: Services, hostcalls: Hostcalls
    ) -> None:
        """Join the module; raises AbiMismatch that names each misfit. Of the services it has none."""
        entry = entry_of(module, settings)
        limits = guest_limits(settings.limits)
        running, self._database = FiberRunning(limits.call_time_s), Database(_ALLOCATE)
        offered, exports = host_functions(running, hostcalls, self._database), (ALLOCATE, entry)
        functions = needed(module, offered, exports)
        self._linked = FiberLinked(module.engine, module.compiled, functions, exports, limits, running)
        self._settings, self._lines = settings, hostcalls.lines
        self._is_packed, self._form = is_packed(entry), settings.form

    async def run(self, call: Call) -> None:
        """Run a guest; raises GuestError, or what broke the request."""
        asked = await self._question(call)
        guest = CallGuest(self._linked, call)
        try:
            await guest.start()
            self._database.open(call, guest)
            place = await handed_over(call.memory, partial(guest.enter, guest.functions[_ALLOCATE]), asked)
            self._heed(call, await guest.enter(guest.functions[_ENTRY], place, len(asked)))
        finally:
            self._database.close(call)
            guest.close()

    def try_out(self) -> None:
        try_start(self._linked, self._settings, self._lines)

    async def _question(self, call: Call) -> bytes:
        whole = call.upload.whole()
        body = whole if isinstance(whole, bytes) else await call.waits.result(whole)
        return body_alone(body) if self._settings.body_only else question(call.exchange.request, body)

    def _heed(self, call: Call, result: int) -> None:
        """Take what the entry returned for what it is in the guest's form."""
        if self._form == "call" or (self._form is None and not self._is_packed and result in _VERDICTS):
            if result not in _VERDICTS:
                raise BadAnswer(f"it decided {result}, which is neither yes nor no")
            decide(call.draft, result)
        else:
            answer(call.draft, self._text(call, result))

    def _text(self, call: Call, result: int) -> bytes:
        """Read the JSON out of the guest's memory; raises GuestTrap. More than functions read at once is too much."""
        memory = call.memory
        if self._is_packed:
            place, size = result & 0xFFFF_FFFF, result >> 32
        else:
            place, size = read_u32(memory, result), read_u32(memory, result + 4)
        most = min(call.limits.response_bytes, MOST_READ_BYTES)
        if size > most:
            raise BadAnswer(f"its answer has {size} bytes; {most} is the most")
        return memory.read(place, size)
