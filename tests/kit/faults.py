"""Proxy-Wasm guests that break at a poisoned request, in a proxy that serves fifty clients at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from kit.messages import Message
from kit.origin import FakeOrigin, Script, answering
from kit.proxy import Proxy, in_front_of
from kit.wat import module_of
from kit.wire import Wire, get
from proxy.chain import Chain, Step
from proxy.hook import OnError
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.calls import Running
from wasm_host.engine import engine
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LogLines
from wasm_host.module import WasmModule
from wasm_host.program import GuestSettings, Instances

CLIENTS: Final = 50
ROUNDS: Final = 2
POISONERS: Final = (11, 37)
"""Two, for a third timeout puts a filter in quarantine."""

POISON: Final = "x-poison: 1"
NAME: Final = "it"
_NAMES: Final = {"i": "i32", "I": "i64"}


def imports() -> str:
    """Import every function of the newest ABI, `$log` for proxy_log and so on."""
    return "\n".join(
        f'(import "env" "{each.name}" (func ${each.name.removeprefix("proxy_")} '
        + "".join(f"(param {_NAMES[letter]})" for letter in each.signature.parameters)
        + "(result i32)))"
        for each in host_functions(Running(1.0), "0_2_1")
    )


ALLOCATOR: Final = """(func (export "malloc") (param i32) (result i32) (i32.const 8192))"""
"""Gives the same place each time, which suits guests that copy nothing."""

PRELUDE: Final = """
    (memory (export "memory") 2)
    (data (i32.const 16) "x-poison")
    (func (export "proxy_abi_version_0_2_1"))
    (func $poisoned (result i32)
        (i32.eqz (call $get_header_map_value
            (i32.const 0) (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 4))))
"""
"""Memory from 64 to 8192 is the test's own."""


def escaped(data: bytes) -> str:
    """Write bytes for a data segment."""
    return "".join(f"\\{byte:02x}" for byte in data)


def guest(code: str, *, allocator: str = ALLOCATOR, more_imports: str = "") -> str:
    return f"{more_imports} {imports()} {PRELUDE} {allocator} {code}"


def program(wat: str, services: WorkerServices, registry: Any, settings: GuestSettings) -> ProxyWasmProgram:
    module = WasmModule("test.wasm", "0" * 64, 0, module_of(wat), engine(), "proxy_wasm", "0_2_1")
    log = LogLines(settings.name, settings.log_level, registry.wasm_log_dropped.child(settings.name))
    return ProxyWasmProgram(module, settings, services.of(settings.name), log)


@dataclass
class Load:
    """What became of the requests: a message each, or None where the connection ended without one."""

    innocent: list[Message | None] = field(default_factory=list)
    poisoned: list[Message | None] = field(default_factory=list)

    @property
    def statuses(self) -> list[int | None]:
        """Return those of the poisoned requests."""
        return [None if each is None else each.status for each in self.poisoned]

    def check_innocent(self, body: bytes = b"ok") -> None:
        """See that no other request had any trouble."""
        failed = [each for each in self.innocent if each is None or (each.status, each.body) != (200, body)]
        assert not failed, f"{len(failed)} of {len(self.innocent)} others failed: {failed[:3]}"


class FaultyProxy:
    """A proxy whose only filter is a guest called `it`."""

    def __init__(self, origin: FakeOrigin, wat: str, on_error: OnError, settings: GuestSettings) -> None:
        self.proxy = Proxy(in_front_of(origin))
        self.registry = self.proxy.registry
        self.settings = settings
        self.services = WorkerServices(self.proxy.graph.upstreams, self.registry)
        self.metrics = GuestMetrics(self.registry, NAME)
        self.filter = ProxyWasmFilter(self.program(wat), self.metrics)
        self.chain = Chain([Step(self.filter, on_error=on_error)])
        for listener in self.proxy.graph.listeners:
            for route in listener.router.routes:
                route.chain = self.chain

    def program(self, wat: str) -> ProxyWasmProgram:
        return program(wat, self.services, self.registry, self.settings)

    def swap(self, wat: str) -> None:
        self.filter.swap(self.program(wat))
        self.chain.compile()

    async def connect(self) -> Wire:
        return await self.proxy.connect()

    async def ask(self, request: bytes | None = None) -> Message | None:
        """Ask once, on a connection of its own."""
        return await answer(await self.connect(), request or get())

    async def load(
        self,
        clean: bytes | None = None,
        poison: bytes | None = None,
        *,
        rounds: int = ROUNDS,
        poisoners: Collection[int] = POISONERS,
    ) -> Load:
        """Let fifty clients ask at once, and again when they have their answers; some of them poison the last round."""
        clean, poison = clean or get(), poison or get("/", POISON)
        done = Load()

        async def client(number: int) -> None:
            wire = await self.connect()
            for turn in range(rounds):
                poisons = number in poisoners and turn == rounds - 1
                message = await answer(wire, poison if poisons else clean)
                (done.poisoned if poisons else done.innocent).append(message)

        await asyncio.gather(*map(client, range(CLIENTS)))
        return done

    def traps(self) -> dict[str, int]:
        """Return how many guests failed, by reason."""
        return {labels[1]: int(value) for labels, value in self.registry.wasm_traps.samples()}  # type: ignore[arg-type]

    @property
    def instances(self) -> int:
        return int(self.metrics.instances.value)

    @property
    def quarantined(self) -> bool:
        return bool(self.metrics.quarantined.value)


async def answer(wire: Wire, request: bytes) -> Message | None:
    """Send a request; return the answer, or None where the connection ends first."""
    await wire.send(request)
    try:
        return await wire.expect_message(to=request.split(b" ", 1)[0].decode())
    except AssertionError:
        if wire.ended is None:
            raise
        return None


@asynccontextmanager
async def faulty(
    wat: str,
    *,
    on_error: OnError = "closed",
    instances: Instances = "shared",
    script: Script | Callable[..., Any] | None = None,
    hold_headers: bool = False,
    instances_limit: int = CLIENTS + 1,
    log_level: int = 2,
    **limits: Any,
) -> AsyncIterator[FaultyProxy]:
    """Serve with a guest written in WAT, whose first instance is started already."""
    limits["instances"] = instances_limit
    settings = GuestSettings(
        NAME, instances=instances, hold_headers=hold_headers, log_level=log_level, limits=GuestLimits(**limits)
    )
    async with FakeOrigin(script or answering()) as origin:
        made = FaultyProxy(origin, wat, on_error, settings)
        try:
            made.filter.start()
            async with made.proxy:
                yield made
        finally:
            made.filter.close()
            await made.services.close()
