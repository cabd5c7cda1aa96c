"""The HTTP client of a function, with DNS in the test's hand; all below that is real."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Awaitable, Sequence
from contextlib import asynccontextmanager

import pytest

from proxy.upstream.resolver import Addresses, Lookup
from wasm_host.functions.allowance import HttpAllowance
from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.network.pools import HttpPools
from wasm_host.functions.services import HttpAnswer, HttpAsk
from wasm_host.functions.settings import FunctionLimits

LOOPBACK = ("127.0.0.0/8",)


class FakeDns:
    """Gives each name its answers in turn, the last one for good; a name without any does not exist."""

    def __init__(self, **answers: Sequence[str | tuple[str, ...]]) -> None:
        self._answers = {name.replace("_", "."): list(each) for name, each in answers.items()}
        self.asked: list[str] = []

    async def __call__(self, host: str, port: int) -> Addresses:
        self.asked.append(host)
        answers = self._answers.get(host)
        if answers is None:
            raise OSError(f"{host} is not known")
        answer = answers.pop(0) if len(answers) > 1 else answers[0]
        return tuple((address, port) for address in ([answer] if isinstance(answer, str) else answer))


@asynccontextmanager
async def fetching(
    *hosts: str,
    dns: Lookup | None = None,
    plain: bool = True,
    networks: tuple[str, ...] = LOOPBACK,
    tls: ssl.SSLContext | None = None,
    limits: FunctionLimits | None = None,
) -> AsyncIterator[FunctionHttp]:
    """Make the client of a function that may ask these hosts, plainly and on loopback unless told otherwise."""
    pools = HttpPools(tls or ssl.create_default_context(), dns or FakeDns())
    allowance = HttpAllowance(hosts, plain, networks)
    try:
        yield FunctionHttp("hello", allowance, limits or FunctionLimits(), pools)
    finally:
        await pools.close()


async def refusal(http: FunctionHttp, url: str, method: str = "GET") -> Reason:
    """Return why a request is refused."""
    with pytest.raises(HostcallFailed) as refused:
        await http.fetch(HttpAsk(method, url))
    return refused.value.reason


async def failure(call: Awaitable[HttpAnswer]) -> Reason:
    """Return why a call that has begun fails."""
    with pytest.raises(HostcallFailed) as failed:
        await call
    return failed.value.reason
