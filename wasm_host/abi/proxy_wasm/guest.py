"""A Proxy-Wasm guest: its start, its contexts, and the callbacks that belong to no exchange."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from struct import Struct
from typing import TYPE_CHECKING, Final

from proxy.errors import GuestError, GuestTrap, GuestUnavailable
from proxy.runtime import log, monotonic
from wasm_host.abi.proxy_wasm.context import BeforeStart, Context
from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.abi.proxy_wasm.pause import GuestLost
from wasm_host.abi.wasi import Exited
from wasm_host.guest import Guest
from wasm_host.log_lines import LogLines

if TYPE_CHECKING:
    from wasm_host.abi.proxy_wasm.http_calls import CallResult
    from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
    from wasm_host.abi.proxy_wasm.stream import Stream

FIRST_STREAM: Final = 2
"""Ids are counted up from the root context's, as in Envoy."""

_WRITE_U32: Final = Struct("<I").pack_into

SHORTEST_TICK_S: Final = 0.001

Callback = Callable[..., int]


class ProxyWasmGuest(Guest):
    """A guest with one root context. `context` is the one that functions act on while a callback runs."""

    __slots__ = (
        "_malloc",
        "_telling",
        "_tick_s",
        "_timer",
        "context",
        "next_id",
        "on_context_create",
        "on_delete",
        "on_done",
        "on_foreign_function",
        "on_http_call_response",
        "on_log",
        "on_queue_ready",
        "on_request_body",
        "on_request_headers",
        "on_response_body",
        "on_response_headers",
        "on_tick",
        "program",
        "root",
        "services",
        "streams",
    )

    def __init__(self, program: ProxyWasmProgram) -> None:
        """Make an instance and start it, as Envoy does; raises GuestError."""
        self.program, self.services = program, program.services
        self.root = program.root()
        self.context: Context = BeforeStart()
        self.streams: dict[int, Stream] = {}
        self.next_id = FIRST_STREAM
        self._malloc: Callback = _no_allocator
        self._telling = False
        self._tick_s = 0.0
        self._timer: asyncio.TimerHandle | None = None
        super().__init__(program.linked)
        initialize, start, main, allocate, malloc, *callbacks = self.instance.functions
        (
            self.on_context_create,
            on_vm_start,
            on_configure,
            self.on_tick,
            self.on_queue_ready,
            self.on_foreign_function,
            self.on_request_headers,
            self.on_request_body,
            self.on_response_headers,
            self.on_response_body,
            self.on_http_call_response,
            self.on_log,
            self.on_done,
            self.on_delete,
        ) = callbacks
        self._malloc = allocate or malloc or _no_allocator
        for name in program.old_headers:
            callback = name.removeprefix("proxy_")
            setattr(self, callback, _without_end(getattr(self, callback)))
        try:
            self._initialize(initialize, start, main)
            self._start(on_vm_start, on_configure)
        except BaseException:
            self.close()
            raise
        self.left()
        if not self.alive:
            raise GuestUnavailable("it failed in a callback that its own start had asked for", reason="no_instance")

    def _initialize(self, initialize: Callback | None, start: Callback | None, main: Callback | None) -> None:
        """Run the module's own start; `_start` may well end in proc_exit(0)."""
        self.enter()
        try:
            if initialize is not None:
                initialize()
                if main is not None:
                    main(0, 0)
            elif start is not None:
                start()
        except Exited as exited:
            if exited.code or initialize is not None:
                raise
            self.instance.reopen()

    def _start(self, on_vm_start: Callback | None, on_configure: Callback | None) -> None:
        root = self.context = self.root
        self.enter()
        if self.on_context_create is not None:
            self.on_context_create(root.id, 0)
        if on_vm_start is not None and not on_vm_start(root.id, len(root.vm_configuration)):
            raise GuestTrap("the guest refused to start (proxy_on_vm_start returned false)", reason="refused")
        root.configuring = True
        if on_configure is not None and not on_configure(root.id, len(root.configuration)):
            raise GuestTrap("the guest refused its configuration (proxy_on_configure returned false)", reason="refused")
        root.configuring = False

    @property
    def log(self) -> LogLines:
        return self.program.log

    # -- what functions ask of it

    def give(self, data: bytes, data_at: int, size_at: int) -> int:
        """Copy data into memory that the guest allocates, and write where and how much; returns a Status."""
        size, memory, at = len(data), self.memory, 0
        if size:
            at = self._malloc(size)
            if not at:
                return Status.INVALID_MEMORY_ACCESS
        # One check for all three places, and writes without a call each: 0.5 µs less.
        last = memory.size - 4
        if data_at > last or size_at > last or at + size > memory.size:
            memory.reach(max(at + size, data_at + 4, size_at + 4))
        view = memory.view
        view[at : at + size] = data
        _WRITE_U32(view, data_at, at)
        _WRITE_U32(view, size_at, size)
        return OK

    def find_context(self, id: int) -> Context | None:
        return self.root if id == self.root.id else self.streams.get(id)

    def finish(self) -> bool:
        """End the wait of a root context that is to be deleted; tells whether one waits."""
        return False

    def tick_every(self, period_s: float) -> None:
        """Call on_tick so often from now on; 0 stops that."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._tick_s = max(period_s, SHORTEST_TICK_S) if period_s else 0.0
        self._schedule_tick()

    # -- callbacks of the root context

    def _schedule_tick(self, at_least_s: float = 0.0) -> None:
        if self._tick_s and self.alive and not self.program.trial:
            wait_s = max(self._tick_s, at_least_s)
            self._timer = asyncio.get_running_loop().call_later(wait_s, self._tick)

    def _tick(self) -> None:
        self._timer, begun = None, monotonic()
        if self.on_tick is not None:
            self._call_root(self.on_tick, self.root.id)
        if self._timer is None:  # The guest may have set another period meanwhile.
            # However short its period, half of the time is for others.
            self._schedule_tick(monotonic() - begun)

    def queue_ready(self, queue: int) -> bool:
        """Tell it of a message, unless it does not care to know; False where it is gone."""
        if not self.alive or self.on_queue_ready is None:
            return self.alive
        if self._telling:  # It enqueued while it was told of a message: for ever, perhaps.
            if not self.program.trial:
                asyncio.get_running_loop().call_soon(self.queue_ready, queue)
            return True
        self._telling = True
        try:
            self._call_root(self.on_queue_ready, self.root.id, queue)
        finally:
            self._telling = False
        return True

    def http_call_response(self, call_id: int, result: CallResult | None, caller: Stream | None) -> None:
        """Tell the guest how its call ended; None is a failure, which the ABI tells by no headers."""
        if not self.alive or self.on_http_call_response is None:
            return
        headers, body = (len(result.headers), len(result.body)) if result is not None else (0, 0)
        self.root.call = result
        self._call_root(self.on_http_call_response, self.root.id, call_id, headers, body, 0, caller=caller)

    def _call_root(self, callback: Callback, *arguments: int, caller: Stream | None = None) -> None:
        """Call on behalf of nobody who could be told of a failure, but for a `caller` that waits."""
        self.enter()
        self.context = self.root
        try:
            callback(*arguments)
        except Exception as error:
            self.failed(error, self.context.stream or caller)
            return
        finally:
            self.root.call = None
        self.left()

    def failed(self, error: Exception, guilty: Stream | None = None) -> GuestError:
        """End this guest; returns what to raise.

        Exchanges that wait for it go on in another: all but the `guilty` one, for which it acted.
        """
        failure = error if isinstance(error, GuestError) else GuestTrap(f"a host function failed: {error}")
        if failure is not error:
            log.error("filter %s: a host function failed", self.root.name, exc_info=error)
        alone = self.program.settings.instances == "per_request"
        streams = list(self.streams.values())
        self.close()
        self.program.guest_failed(self, failure)
        for stream in streams:
            stream.guest_died(failure if alone or stream is guilty else GuestLost())
        return failure

    def close(self) -> None:
        """Stop its ticks and calls, and free it."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        for call in self.root.calls.values():
            call.cancel()
        self.root.calls.clear()
        super().close()


def _without_end(callback: Callback) -> Callback:
    """Call a headers callback of 0.1.0, which is not told of the end."""
    return lambda id, count, _: callback(id, count)


def _no_allocator(size: int) -> int:
    """Answer as an allocator does that has nothing left."""
    return 0
