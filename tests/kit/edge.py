"""Edge functions in WAT: a test writes what the entry does, and says what the function may reach."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

from kit.exchanges import make_exchange
from kit.http_wasm import Strings
from kit.wat import module_of
from proxy.exchange import Exchange
from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.abi.edge.imports import IMPORTS
from wasm_host.engine import engine
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance
from wasm_host.functions.function import Function
from wasm_host.functions.outcome import Outcome
from wasm_host.functions.services import HttpAnswer, HttpAsk, Services, Soon
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.module import WasmModule

ROOM = 65536
"""Where a guest may write; strings lie before it."""
RESULTS = 32768
PAGES = 20
OK = "(i32.const 0)"
WILD = 0xFFFF0000
"""A place that no guest here has."""

EVERYTHING = Allowance(
    cache=StoreAllowance(),
    kv=StoreAllowance(),
    http=HttpAllowance(("api.example.com",)),
    routes=("api",),
    secrets=frozenset({"KEY"}),
    rate_limits=True,
    metrics=True,
    random=True,
    time=True,
)

_TYPES = {"i": "i32", "I": "i64"}


def _imports(code: str) -> str:
    """Import what the code calls, each as `$name`; our own `log` is `$log_at`."""
    wanted = []
    for each in IMPORTS:
        name = "log_at" if (each.name, each.module) == ("log", "penstock") else each.name
        if f"(call ${name} " in code or f"(call ${name})" in code:
            parameters = "".join(f"(param {_TYPES[letter]})" for letter in each.signature.parameters)
            result = "".join(f"(result {_TYPES[letter]})" for letter in each.signature.result)
            wanted.append(f'(import "{each.module}" "{each.name}" (func ${name} {parameters} {result}))')
    return "\n".join(wanted)


def guest(code: str, strings: Strings | None = None, *, more: str = "", entry: str = "main") -> str:
    """Put a guest together; `code` leaves the entry's result, and may use the locals `$n` and `$m`."""
    segment = "" if strings is None else strings.segment
    return f"""{_imports(code + more)} (memory (export "memory") {PAGES}) {segment} {more}
        (func (export "{entry}") (result i32) (local $n i32) (local $m i32) {code})"""


def asking(strings: Strings, *calls: str) -> str:
    """Make calls one after the other, and answer with their results, an i32 each."""
    stored = [f"(i32.store (i32.const {RESULTS + 4 * number}) {call})" for number, call in enumerate(calls)]
    body = f"(drop (call $response_set_body (i32.const {RESULTS}) (i32.const {4 * len(calls)})))"
    return guest(f"{' '.join(stored)} {body} {OK}", strings)


def results(body: Any) -> list[int]:
    """Read what a guest made by `asking` answered, as signed numbers."""
    return [number for (number,) in struct.iter_unpack("<i", body or b"")]


def spinning(times: int) -> str:
    """Count down, to spend time; `$n` is used up."""
    return f"""(local.set $n (i32.const {times}))
        (loop $on (br_if $on (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""


FOR_EVER = "(loop $on (br $on))"


class Edge:
    """A function made of WAT, what it told, and what of it was denied."""

    def __init__(
        self,
        wat: str,
        services: Services | None = None,
        *,
        allow: Allowance = EVERYTHING,
        registry: Registry | None = None,
        name: str = "hello",
        version: str = "v1",
        settings: FunctionSettings | None = None,
        **limits: Any,
    ) -> None:
        # Time is not what most tests are about, and this machine does other things.
        bounds = FunctionLimits(**{"cpu_s": 5.0, **limits})
        made = replace(settings or FunctionSettings(name, version), allow=allow, limits=bounds)
        self.registry = registry or Registry()
        self.told: list[dict[str, Any]] = []
        self.audited: list[tuple[str, ...]] = []
        module = WasmModule("guest.wasm", "", 0, module_of(wat), engine(), "edge", "")
        self.function = Function(
            module,
            made,
            services or Services(),
            self.registry,
            self.told.append,
            lambda *what: self.audited.append(what),
        )

    async def call(self, exchange: Exchange | None = None) -> Outcome:
        return await self.function.call(exchange or make_exchange())

    async def answer(self, exchange: Exchange | None = None) -> Response:
        return (await self.call(exchange)).response()

    async def results(self, exchange: Exchange | None = None) -> list[int]:
        return results((await self.call(exchange)).body)

    def counted(self, call: str, outcome: str) -> float:
        """Return how often a host call came to this."""
        return self.registry.wasm_hostcalls.child(self.function.name, call, outcome).value

    def ended(self, outcome: str) -> float:
        """Return how many calls came to this."""
        return self.registry.function_requests.child(self.function.name, outcome).value

    @property
    def running(self) -> float:
        return self.registry.functions_running.child(self.function.name).value


class Shelf:
    """A cache, and a key-value store, in a dictionary; `later` lets every answer be waited for."""

    def __init__(self, *, later: bool = False, **values: bytes) -> None:
        self.values = {name.encode(): value for name, value in values.items()}
        self.ttls: dict[bytes, int] = {}
        self._later = later

    def _soon(self, value: Any) -> Any:
        return _after_a_turn(value) if self._later else value

    def get(self, key: bytes) -> Soon[bytes | None]:
        return self._soon(self.values.get(key))

    def set(self, key: bytes, value: bytes, ttl_s: int) -> Soon[None]:
        self.values[key], self.ttls[key] = value, ttl_s
        return self._soon(None)

    def delete(self, key: bytes) -> Soon[bool]:
        return self._soon(self.values.pop(key, None) is not None)

    def increment(self, key: bytes, by: int, ttl_s: int = 0) -> Soon[int]:
        number = int(self.values.get(key, b"0")) + by
        self.values[key], self.ttls[key] = b"%d" % number, ttl_s
        return self._soon(number)

    def compare_and_set(self, key: bytes, expected: bytes | None, value: bytes, ttl_s: int) -> Soon[bool]:
        fits = self.values.get(key) == expected
        if fits:
            self.values[key], self.ttls[key] = value, ttl_s
        return self._soon(fits)

    def keys(self, prefix: bytes, most: int) -> Soon[list[bytes]]:
        return self._soon(sorted(key for key in self.values if key.startswith(prefix))[:most])


class Failing:
    """A service of which every method fails with one reason, at once or after a wait."""

    def __init__(self, failure: Exception, *, later: bool = False) -> None:
        self._failure, self._later = failure, later

    def __getattr__(self, _: str) -> Callable[..., Any]:
        return self._fail

    def _fail(self, *_: object) -> Any:
        if not self._later:
            raise self._failure
        return self._fail_later()

    async def _fail_later(self) -> None:
        await asyncio.sleep(0)
        raise self._failure


class Web:
    """Takes requests of functions, and answers each with what `answer` makes of it."""

    def __init__(self, answer: Callable[[HttpAsk], Awaitable[HttpAnswer]] | None = None) -> None:
        self.asked: list[HttpAsk] = []
        self.behind: list[Exchange] = []
        self._answer = answer or _found

    def fetch(self, *asked: Any) -> Awaitable[HttpAnswer]:
        *behind, ask = asked
        self.behind += behind
        self.asked.append(ask)
        return self._answer(ask)


async def _found(ask: HttpAsk) -> HttpAnswer:
    await asyncio.sleep(0)
    return HttpAnswer(200, [("content-type", "text/plain")], f"{ask.method} {ask.url}".encode())


async def _after_a_turn(value: Any) -> Any:
    await asyncio.sleep(0)
    return value
