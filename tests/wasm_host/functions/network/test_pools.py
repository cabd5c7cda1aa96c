"""Connections kept, shared between versions of a function, and with nobody else."""

import ssl

import pytest
from kit import FakeOrigin, answering, eventually, no_leaks
from kit.fetching import LOOPBACK, failure

from wasm_host.functions.allowance import HttpAllowance
from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.network.pools import HttpPools
from wasm_host.functions.services import HttpAsk
from wasm_host.functions.settings import FunctionLimits


@pytest.fixture
def pools() -> HttpPools:
    return HttpPools(ssl.create_default_context())


def client(pools: HttpPools, origin: FakeOrigin, function: str, networks: tuple[str, ...] = LOOPBACK) -> FunctionHttp:
    return FunctionHttp(function, HttpAllowance((origin.address,), True, networks), FunctionLimits(), pools)


async def ask(http: FunctionHttp, origin: FakeOrigin) -> None:
    assert (await http.fetch(HttpAsk("GET", f"http://{origin.address}/"))).status == 200


async def test_versions_of_a_function_share_their_connections(pools: HttpPools) -> None:
    async with FakeOrigin(answering()) as origin:
        one, other = client(pools, origin, "hello"), client(pools, origin, "hello")
        await ask(one, origin)
        await one.close()
        await ask(other, origin)
        assert len(origin.connections) == 1
        await other.close()


async def test_functions_do_not(pools: HttpPools) -> None:
    async with FakeOrigin(answering()) as origin:
        await ask(client(pools, origin, "one"), origin)
        await ask(client(pools, origin, "other"), origin)
        assert len(origin.connections) == 2
        await pools.close()


async def test_a_version_that_may_reach_less_has_no_connection_of_one_that_may_more(pools: HttpPools) -> None:
    async with FakeOrigin(answering()) as origin:
        await ask(client(pools, origin, "hello"), origin)
        narrower = client(pools, origin, "hello", ())
        with pytest.raises(Exception, match="not a public address"):
            narrower.fetch(HttpAsk("GET", f"http://{origin.address}/"))
        assert len(origin.connections) == 1
        await pools.close()


async def test_the_last_version_closes_the_connections(pools: HttpPools) -> None:
    async with no_leaks(), FakeOrigin(answering()) as origin:
        http = client(pools, origin, "hello")
        await ask(http, origin)
        await http.close()
        assert await eventually(lambda: origin.connections[0].ended)


async def test_a_closed_client_asks_nobody(pools: HttpPools) -> None:
    async with FakeOrigin(answering()) as origin:
        http = client(pools, origin, "hello")
        await http.close()
        assert await failure(http.fetch(HttpAsk("GET", f"http://{origin.address}/"))) == "unavailable"
        assert not origin.connections


async def test_a_function_that_comes_back_has_new_connections(pools: HttpPools) -> None:
    async with FakeOrigin(answering()) as origin:
        for _ in range(2):
            http = client(pools, origin, "hello")
            await ask(http, origin)
            await http.close()
        assert len(origin.connections) == 2
