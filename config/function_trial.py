"""One request to a function without a server: what it answers, and what that took."""

from __future__ import annotations

from dataclasses import dataclass

from config.function_file import Expected, FunctionFile, Step
from config.function_rehearsal import Servers, staged
from proxy.errors import ProxyError
from proxy.exchange import Client, Exchange
from proxy.messages import Request, Response
from proxy.metrics import Registry
from proxy.runtime import monotonic
from wasm_host.module import WasmModule

CLIENT = Client("127.0.0.1", 50000, "test")


@dataclass(frozen=True, slots=True)
class Trial:
    """`answer` is None where the call failed, as `failure` says. `hostcalls` are name, outcome and how often."""

    answer: Response | None
    failure: str
    seconds: float
    cpu_s: float
    hostcalls: tuple[tuple[str, str, int], ...]
    lines: tuple[str, ...]


async def tried(module: WasmModule, file: FunctionFile, request: Request) -> Trial:
    """Call a function, with the servers that the file's `test_with` has; raises AbiMismatch."""
    registry, servers, lines = Registry(), Servers(file), list[str]()
    servers.turn_to(Step(expect=Expected()))
    answer, failure = None, ""
    async with staged(module, file, servers, lines, registry) as function:
        begun = monotonic()
        try:
            answer = (await function.call(Exchange(request, CLIENT))).response()
        except ProxyError as error:
            failure = f"{error.reason}: {error}"
        seconds = monotonic() - begun
    cpu_s = registry.function_cpu.child(file.name).value
    return Trial(answer, failure, seconds, cpu_s, _hostcalls(registry), tuple(lines))


def _hostcalls(registry: Registry) -> tuple[tuple[str, str, int], ...]:
    samples = ((call, outcome, value) for (_, call, outcome), value in registry.wasm_hostcalls.samples())
    return tuple(
        (call, outcome, int(value)) for call, outcome, value in samples if isinstance(value, float | int) and value
    )
