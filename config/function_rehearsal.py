"""Runs a function's own tests without a server: on the real host, with stores of its own, and servers that are told."""

from __future__ import annotations

import json
import pathlib
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Final

from config.function_file import Asked, Expected, FunctionFile, FunctionTest, Reply, Step
from proxy.errors import ProxyError
from proxy.exchange import Client, Exchange
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from proxy.runtime import wall_clock
from wasm_host.functions.function import Function
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.hosts import AllowList
from wasm_host.functions.network.target import Target
from wasm_host.functions.services import HttpAnswer, HttpAsk, Services
from wasm_host.functions.settings import FunctionLimits, FunctionSettings
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings
from wasm_host.functions.stores.stores import Stores
from wasm_host.log_lines import LEVELS
from wasm_host.module import WasmModule

VERSION: Final = "test"
_HOST: Final = "function.test"
_CLIENT: Final = "192.0.2.1"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a test came to: it passed where there are no `faults`. `lines` are what was logged, `level: text`."""

    name: str
    faults: tuple[str, ...]
    lines: tuple[str, ...]


class Servers:
    """Other servers and the proxy's own routes, which answer as a test says; and the time, if it says that."""

    def __init__(self, file: FunctionFile) -> None:
        """Raises ValueError where `allow.http` has no host that can be."""
        http = file.allow.http
        self._around, self._hosts = file.test_with, None if http is None else AllowList(http.hosts, plain=http.plain)
        self._replies: Mapping[str, Reply] = {}
        self._now: int | None = None

    def turn_to(self, step: Step) -> None:
        self._replies = {**self._around.http, **step.http}
        self._now = self._around.now if step.now is None else step.now

    def wall_clock(self) -> float:
        return wall_clock() if self._now is None else float(self._now)

    async def over_http(self, ask: HttpAsk) -> HttpAnswer:
        if self._hosts is not None:
            self._hosts.check(Target.parse(ask.url))
        return self._answer(ask)

    async def over_routes(self, _: Exchange, ask: HttpAsk) -> HttpAnswer:
        return self._answer(ask)

    def _answer(self, ask: HttpAsk) -> HttpAnswer:
        reply = self._replies.get(ask.url)
        if reply is None:
            raise HostcallFailed("unavailable", f"the test has no answer of {ask.url} under http")
        if reply.fails is not None:
            raise HostcallFailed(reply.fails, "as the test says")
        return HttpAnswer(reply.status, list(reply.headers.items()), reply.body)


@dataclass(frozen=True, slots=True)
class _Http:
    fetch: Any


async def rehearse(module: WasmModule, file: FunctionFile) -> list[Verdict]:
    """Run all tests of a function; raises AbiMismatch where the module does not fit, or wants what is not allowed."""
    return [await _verdict(module, file, test) for test in file.tests]


async def _verdict(module: WasmModule, file: FunctionFile, test: FunctionTest) -> Verdict:
    lines: list[str] = []
    faults: list[str] = []
    servers = Servers(file)
    async with staged(module, file, servers, lines, Registry()) as function:
        for number, step in enumerate(test.steps, 1):
            servers.turn_to(step)
            label = f"step {number}: " if len(test.steps) > 1 else ""
            faults += [f"{label}{fault}" async for fault in _faults(function, step)]
    return Verdict(test.name, tuple(faults), tuple(lines))


@asynccontextmanager
async def staged(
    module: WasmModule, file: FunctionFile, servers: Servers, lines: list[str], registry: Registry
) -> AsyncIterator[Function]:
    """Have a function that is to be called, with stores that go when it does; raises AbiMismatch.

    `lines` gets what it logs, `registry` what is counted.
    """
    with tempfile.TemporaryDirectory() as directory:
        stores = Stores(StoresSettings(kv=SqliteSettings(str(pathlib.Path(directory) / "kv.sqlite"))), Registry())
        function = Function(
            module,
            settings_of(file),
            _services(file, stores, servers),
            registry,
            lambda line: lines.append(f"{line['level']}: {line['text']}"),
            lambda *_: None,
        )
        await stores.start()
        try:
            yield function
        finally:
            await function.close()
            await stores.close()


def settings_of(file: FunctionFile) -> FunctionSettings:
    """Return what a function runs with in its tests."""
    return FunctionSettings(
        file.name,
        VERSION,
        file.entry,
        file.form,
        file.input == "body",
        file.config,
        file.test_with.secrets,
        file.allow.allowance(),
        FunctionLimits(**file.limits.given()),
        LEVELS.index(file.log_level),
    )


def _services(file: FunctionFile, stores: Stores, servers: Servers) -> Services:
    allow, limits = file.allow.allowance(), FunctionLimits(**file.limits.given())
    return Services(
        cache=None if allow.cache is None else stores.cache_of(file.name, allow.cache, limits),
        kv=None if allow.kv is None else stores.kv_of(file.name, allow.kv, limits),
        rate_limits=stores.rate_limits_of(file.name, limits) if allow.rate_limits else None,
        http=None if allow.http is None else _Http(servers.over_http),
        subrequests=_Http(servers.over_routes) if allow.routes else None,
        metrics=stores.metrics_of(file.name) if allow.metrics else None,
        wall_clock=servers.wall_clock,
    )


async def _faults(function: Function, step: Step) -> Any:
    try:
        outcome = await function.call(exchange_of(step.request))
        answer = outcome.response()
    except ProxyError as error:
        yield f"it failed: {error.reason}: {error}"
        return
    for fault in differences(answer, step.expect):
        yield fault


def exchange_of(asked: Asked) -> Exchange:
    """Return a request of a test as a listener would have it."""
    path, question_mark, query = asked.uri.partition("?")
    request = Request(
        asked.method,
        path,
        query if question_mark else None,
        Headers.of(asked.headers.items()),
        authority=_HOST,
        host=_HOST,
        body=asked.body or None,
    )
    return Exchange(request, Client(_CLIENT, 0, "test"))


def differences(answer: Response, expected: Expected) -> Iterator[str]:
    """Yield in words each way in which an answer is not as expected."""
    body = answer.body if isinstance(answer.body, bytes) else b""
    if answer.status != expected.status:
        yield f"the status is {answer.status}, not {expected.status}; the body is {_shown(body)}"
    for name, value in expected.headers.items():
        found = answer.headers.find(name.lower().encode("latin-1"))
        if found is None:
            yield f"there is no {name}"
        elif found.decode("latin-1") != value:
            yield f"{name} is {_shown(found)}, not {value!r}"
    if expected.body is not None and body != expected.body.encode():
        yield f"the body is {_shown(body)}, not {expected.body!r}"
    if expected.json_ is not None and _json(body) != expected.json_:
        yield f"the body is {_shown(body)}, not {json.dumps(expected.json_)}"


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError:
        return _NO_JSON


_NO_JSON: Final = object()
_MOST_SHOWN: Final = 300


def _shown(body: bytes) -> str:
    text = body.decode("utf-8", "replace")
    return repr(text if len(text) <= _MOST_SHOWN else text[:_MOST_SHOWN] + "…")
