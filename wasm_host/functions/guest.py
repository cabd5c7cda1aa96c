"""The guest of one call: an instance of its own, within the time that the call has left."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from proxy.errors import GuestTimeout, GuestTrap, ProxyError
from proxy.exchange import Client, Exchange
from proxy.messages import Request
from proxy.runtime import monotonic
from wasm_host.fibers import FiberInstance, FiberLinked, at_once
from wasm_host.functions.call import Call
from wasm_host.functions.lines import FunctionLines
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.limits import GuestLimits


def guest_limits(limits: FunctionLimits) -> GuestLimits:
    """Return a function's limits as those of its guests, for linking."""
    return GuestLimits(memory_bytes=limits.memory_bytes, call_time_s=limits.cpu_s)


def try_start(linked: FiberLinked, settings: FunctionSettings, lines: FunctionLines) -> None:
    """Make a guest only to see whether it starts; raises GuestError. Needs no loop."""
    nobodys = Exchange(Request("GET", "/"), Client("127.0.0.1", 0, ""))
    call = Call(nobodys, settings, lines, monotonic())
    call.waits.end(GuestTrap("it waits as it starts", reason="hostcall_misuse"))
    guest = CallGuest(linked, call)
    try:
        at_once(guest.start())
    except ProxyError:
        raise
    except Exception as error:  # A store that cannot do without the loop.
        raise GuestTrap(f"a host function failed: {error}", reason="hostcall_failed") from error
    finally:
        guest.close()
        call.close()


class CallGuest:
    """Made, used, and freed by one Program.run; `functions` stand in the order of the exports that were linked."""

    __slots__ = ("_call", "_instance", "functions")

    def __init__(self, linked: FiberLinked, call: Call) -> None:
        """Make a store; raises nothing that a guest could bring about."""
        self._call = call
        self._instance = FiberInstance(linked, call)
        self._instance.call_time_s = call.limits.cpu_s
        self.functions: Sequence[Any] = ()

    async def start(self) -> None:
        """Make the instance; raises GuestError."""
        instance, call = self._instance, self._call
        try:
            await instance.start()
        finally:
            call.cpu_s = instance.spent_s
        call.memory, self.functions = instance.memory, instance.functions

    async def enter(self, function: Any, *arguments: int) -> int:
        """Call one of its functions; raises GuestError, GuestTimeout where the call's time is used up."""
        instance, call = self._instance, self._call
        instance.call_time_s = call.limits.cpu_s - call.cpu_s
        try:
            result: int = await function(*arguments)
        except GuestTimeout as error:  # It tells of what was left for this function.
            raise GuestTimeout(f"it ran longer than {call.limits.cpu_s * 1000:g} ms") from error
        finally:
            call.cpu_s += instance.spent_s
        return result

    def enter_inside(self, number: int, argument: int) -> int:
        """Call one of its functions, by its number, from a host function that it has called; raises GuestError."""
        return self._instance.call_inside(number, argument)

    def close(self) -> None:
        self.functions = ()
        self._instance.close(held=False)
