"""The seam between functions and ABIs: what a version's module, joined with this host, is to Function."""

from __future__ import annotations

from collections.abc import Coroutine
from typing import Any, Protocol

from wasm_host.functions.call import Call


class Program(Protocol):
    """A module joined with this host for one version, whatever its ABI.

    Made as `XProgram(module, settings, services, hostcalls)`, which raises AbiMismatch that names each misfit; Function
    finds it by `module.abi` (wasm_host/functions/programs.py). Host functions find the call in `running.guest`.
    """

    def run(self, call: Call) -> Coroutine[Any, Any, None]:
        """Make a guest (wasm_host/functions/guest.py), run it to its end, and free it, however that comes.

        What it answers is left in `call.draft` and `call.buffer`. Raises GuestError for the guest's fault, or what
        broke the request. It runs without a Task: what may need one is awaited as `call.waits.result(…)`.
        """
        ...

    def try_out(self) -> None:
        """Make a guest only to see whether it starts; raises GuestError. Needs no loop."""
        ...
