"""A new version of a function on trial: it starts, and answers the deploy's own tests. It reaches nothing."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from config.function_metadata import SelfTest, TrialAnswer, TrialRequest
from config.trials import ONE_AT_A_TIME
from proxy.errors import ProxyError
from proxy.exchange import Client, Exchange
from proxy.garbage import collect
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from wasm_host.functions.function import Function
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.module import WasmModule

_HOST: Final = "localhost"
_CLIENT: Final = Client("127.0.0.1", 0, "trial")


class SelfTestFailed(Exception):
    """A test got another answer than it expects, or none."""


def try_out(module: WasmModule, settings: FunctionSettings, tests: Sequence[SelfTest]) -> None:
    """See whether a module starts, and answers as it should. Blocks; raises GuestError, or SelfTestFailed."""
    with ONE_AT_A_TIME:
        try:
            asyncio.run(_tried_out(module, settings, tests))
        finally:
            collect()  # Guests and what they are made of refer to each other.


async def _tried_out(module: WasmModule, settings: FunctionSettings, tests: Sequence[SelfTest]) -> None:
    function = Function(module, settings, Services(), Registry(), _ignore, _ignore)
    try:
        function.try_out()
        for number, test in enumerate(tests):
            await _pass(function, test, f"tests[{number}]")
    finally:
        await function.close()


def _ignore(*_: object) -> None:
    """Hear what a guest logs, and what it is denied."""


async def _pass(function: Function, test: SelfTest, which: str) -> None:
    try:
        outcome = await function.call(Exchange(_request(test.request), _CLIENT))
        fault = _fault(outcome.response(), test.expect)
    except ProxyError as error:
        raise SelfTestFailed(f"{which}: {error}") from error
    if fault:
        raise SelfTestFailed(f"{which}: {fault}")


def _request(test: TrialRequest) -> Request:
    path, question_mark, query = test.uri.partition("?")
    headers, body = Headers.of(test.headers.items()), test.body.encode() or None
    return Request(test.method, path, query if question_mark else None, headers, "http", _HOST, _HOST, body=body)


def _fault(response: Response, expect: TrialAnswer) -> str:
    if expect.status is not None and response.status != expect.status:
        return f"the answer is {response.status}, not {expect.status}"
    body = response.body if isinstance(response.body, bytes) else b""
    if expect.body_contains is not None and expect.body_contains.encode() not in body:
        return f"the answer's body, of {len(body)} bytes, does not contain '{expect.body_contains}'"
    return ""
