"""An http-wasm guest: its start, its two handlers, and the request that it has."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Sequence
from typing import TYPE_CHECKING, Any

from proxy.errors import GuestError, GuestTrap, ProxyError
from proxy.runtime import log, monotonic
from wasm_host.abi.wasi import Exited
from wasm_host.calls import Linked
from wasm_host.fibers import FiberInstance, FiberLinked, at_once
from wasm_host.guest import Guest
from wasm_host.log_lines import LogLines
from wasm_host.memory import Memory

if TYPE_CHECKING:
    from wasm_host.abi.http_wasm.handling import Handling
    from wasm_host.abi.http_wasm.pool import PinnedGuests
    from wasm_host.abi.http_wasm.program import HttpWasmProgram

Function = Callable[..., Any]
"""Returns an int, or a coroutine for one."""


class HttpWasmGuest(Guest):
    """Serves one request at a time, to the end of handle_response: guests keep what they know of it in globals.

    `handling` is that request while one of the handlers runs, and `features` are those of all requests.
    """

    __slots__ = ("_fiber", "_handle_request", "_handle_response", "_program", "features", "handling", "home")

    def __init__(self, program: HttpWasmProgram) -> None:
        """Make an instance and start it; raises GuestError."""
        self._program = program
        self.features = 0
        self.handling: Handling | None = None
        self.home: PinnedGuests | None = None
        super().__init__(program.linked)
        functions: Sequence[Any] = self.instance.functions if self._fiber is None else self._fiber.functions
        initialize, start, handle_request, handle_response = functions
        self._handle_request: Function = handle_request
        self._handle_response: Function = handle_response
        try:
            self._start(start or initialize)
        except BaseException:
            self.close()
            raise

    def _instantiate(self, linked: Linked) -> Memory:
        """Make the instance: one that cannot wait for a body is called on this stack, at a fourth of the cost."""
        self._fiber: FiberInstance | None = None
        if not isinstance(linked, FiberLinked):
            return super()._instantiate(linked)
        self._fiber = FiberInstance(linked, self)
        at_once(self._fiber.start())
        return self._fiber.memory

    def _free(self) -> None:
        if self._fiber is None:
            super()._free()
        else:
            self._fiber.close()

    def _start(self, start: Function | None) -> None:
        """Run the module's own start; a command's may well end in proc_exit(0), and is not over with that."""
        self.enter()
        try:
            if start is not None:
                result = start()
                if not isinstance(result, int):
                    at_once(result)
        except Exited as exited:
            if exited.code:
                raise
            if self._fiber is None:
                self.instance.reopen()

    @property
    def configuration(self) -> bytes:
        return self._program.settings.configuration

    @property
    def log(self) -> LogLines:
        return self._program.log

    def handle_request(self, handling: Handling) -> Coroutine[Any, Any, int]:
        """Show a request; returns if the next handler is to be called (low half), and the guest's context (high)."""
        return self._call(handling, self._handle_request)

    def handle_response(self, handling: Handling, context: int, *, is_error: bool) -> Coroutine[Any, Any, int]:
        return self._call(handling, self._handle_response, context, is_error)

    async def _call(self, handling: Handling, handler: Function, *arguments: int) -> int:
        """Call a handler within the time that is left for the request."""
        limits, fiber = self._program.settings.limits, self._fiber
        call_time_s = min(limits.call_time_s, limits.request_time_s - handling.spent_s)
        self.handling = handling
        self.enter()
        begun = monotonic()
        try:
            if fiber is None:
                self.running.call_time_s = call_time_s
                answer: int = handler(*arguments)
            else:
                fiber.call_time_s = call_time_s
                answer = await handler(*arguments)
            return answer
        except BaseException as error:
            raise self._failed(error)  # noqa: B904 - it is the same, or has its cause
        finally:
            self.handling = None
            handling.spent_s += monotonic() - begun if fiber is None else fiber.spent_s

    def _failed(self, error: BaseException) -> BaseException:
        """Close a guest that did not come back, and count it if that was its own fault; returns what to raise."""
        self.close()
        if isinstance(error, GuestError):
            self._program.guest_failed(self, error)
        elif isinstance(error, Exception) and not isinstance(error, ProxyError):
            log.error("filter %s: a host function failed", self._program.settings.name, exc_info=error)
            failure = GuestTrap(f"a host function failed: {error}")
            failure.__cause__ = error
            self._program.guest_failed(self, failure)
            return failure
        return error

    def release(self) -> None:
        super().release()
        if self.alive and self.home is not None:
            self.home.put_back(self)
