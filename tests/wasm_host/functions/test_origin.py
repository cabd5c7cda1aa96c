"""Routes that end in a function."""

from __future__ import annotations

import pytest
from kit.edge import OK, Edge, Strings, guest
from kit.exchanges import make_exchange

from proxy.errors import FunctionUnavailable, GuestTrap
from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.deployment import Deployment, Share
from wasm_host.functions.origin import FunctionOrigin, FunctionsByPath


def saying(text: str, name: str = "hello") -> Deployment:
    strings = Strings()
    edge = Edge(guest(f"(drop (call $response_set_body {strings(text)})) {OK}", strings), name=name)
    return Deployment(name, "live", [Share(edge.function, 100)])


async def test_a_function_answers_and_the_exchange_knows_who_it_was() -> None:
    exchange = make_exchange()
    response = await FunctionOrigin("hello", saying("Hello")).fetch(exchange)
    assert (response.status, response.body) == (200, b"Hello")
    assert (exchange.answered_by, exchange.reason) == ("hello", "function")


async def test_a_function_that_is_not_deployed_is_missing() -> None:
    with pytest.raises(FunctionUnavailable, match="no function hello is deployed") as caught:
        await FunctionOrigin("hello", None).fetch(make_exchange())
    assert (caught.value.status, caught.value.reason) == (503, "function_missing")


async def test_a_trap_is_an_error() -> None:
    deployment = Deployment("hello", "live", [Share(Edge(guest("unreachable")).function, 100)])
    with pytest.raises(GuestTrap):
        await FunctionOrigin("hello", deployment).fetch(make_exchange())


def test_no_task_is_needed() -> None:
    assert FunctionOrigin("hello", None).plain
    assert FunctionsByPath(Catalogue(), "/fn").plain


# -- by path


@pytest.mark.parametrize("prefix", ["/fn", "/fn/"])
@pytest.mark.parametrize("path", ["/fn/hello", "/fn/hello/", "/fn/hello/more/of/it"])
async def test_the_segment_after_the_prefix_names_the_function(prefix: str, path: str) -> None:
    origin = FunctionsByPath(Catalogue([saying("Hello"), saying("Other", "other")]), prefix)
    assert (await origin.fetch(make_exchange(target=path))).body == b"Hello"


async def test_without_a_prefix_it_is_the_first_segment() -> None:
    origin = FunctionsByPath(Catalogue([saying("Hello")]), "")
    assert (await origin.fetch(make_exchange(target="/hello/x"))).body == b"Hello"


@pytest.mark.parametrize(
    "path", ["/fn", "/fn/", "/fn/none", "/fn/hell", "/fn/..%2fhello", "/fn/%68ello", "/fnhello", "/"]
)
async def test_a_name_that_is_not_deployed_is_not_found(path: str) -> None:
    with pytest.raises(FunctionUnavailable) as caught:
        await FunctionsByPath(Catalogue([saying("Hello")]), "/fn").fetch(make_exchange(target=path))
    assert (caught.value.status, caught.value.reason) == (404, "function_missing")


async def test_another_alias_can_be_meant() -> None:
    catalogue = Catalogue([saying("Hello")])
    with pytest.raises(FunctionUnavailable):
        await FunctionsByPath(catalogue, "/fn", "staging").fetch(make_exchange(target="/fn/hello"))
