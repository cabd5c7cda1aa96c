"""Which hooks a chain calls where a filter names them itself, and changes its mind."""

import pytest
from kit.exchanges import make_exchange, make_response

from proxy.chain import TIMED_OF, Chain, Step
from proxy.errors import FilterError
from proxy.exchange import Exchange
from proxy.filter import HOLD, HOOKS, Answer, Filter
from proxy.messages import Response
from proxy.metrics import Registry

EVERY = ["on_request", "on_upstream_request", "on_upstream_response", "on_response", "on_complete"]


class Chooses(Filter):
    """Writes down those of its hooks that are called; `wanted` names them."""

    def __init__(self, name: str, *wanted: str) -> None:
        self.name = name
        self.wanted = frozenset(wanted)
        self.said: list[str] = []

    def hooks(self) -> frozenset[str]:
        return self.wanted

    def on_request(self, exchange: Exchange) -> Answer:
        self.said.append("on_request")
        return None

    def on_upstream_request(self, exchange: Exchange) -> None:
        self.said.append("on_upstream_request")

    def on_upstream_response(self, exchange: Exchange, response: Response) -> None:
        self.said.append("on_upstream_response")

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        self.said.append("on_response")
        return None

    def on_complete(self, exchange: Exchange) -> None:
        self.said.append("on_complete")


class Recompiles(Chooses):
    """Has the chain compiled again in the midst of an exchange, with other hooks of another filter."""

    def __init__(self, other: Chooses, *then: str) -> None:
        super().__init__("recompiles", *EVERY)
        self.other, self.then = other, then
        self.chain = Chain([Step(self), Step(other), Step(Chooses("after", *EVERY))])

    def on_request(self, exchange: Exchange) -> Answer:
        self.other.wanted = frozenset(self.then)
        self.chain.compile()
        return super().on_request(exchange)


async def run(chain: Chain) -> None:
    exchange, response = make_exchange(), make_response()
    assert await chain.request(exchange) is None
    await chain.upstream_request(exchange)
    await chain.upstream_response(exchange, response)
    await chain.response(exchange, response)
    chain.complete(exchange)


def test_the_hooks_of_a_filter_are_those_that_it_overrides() -> None:
    class Two(Filter):
        def on_request(self, exchange: Exchange) -> Answer:
            return None

        async def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
            return chunk

    assert Filter().hooks() == frozenset()
    assert Two().hooks() == {"on_request", "on_response_body"}
    assert {name for name in vars(Filter) if name.startswith("on_")} == set(HOOKS)


async def test_a_filter_may_say_itself_which_of_its_hooks_are_called() -> None:
    filters = [Chooses("a", "on_request", "on_complete"), Chooses("b", "on_response"), Chooses("c")]
    await run(Chain([Step(each) for each in filters]))
    assert [each.said for each in filters] == [["on_request", "on_complete"], ["on_response"], []]


async def test_a_chain_compiled_again_calls_what_its_filters_want_now() -> None:
    chooses = Chooses("a", "on_request")
    chain = Chain([Step(chooses)])
    chooses.wanted = frozenset({"on_response"})
    await run(chain)
    chain.compile()
    await run(chain)
    assert chooses.said == ["on_request", "on_response"]


async def test_a_chain_compiled_again_takes_the_time_of_its_new_hooks() -> None:
    registry, chooses = Registry(), Chooses("a", "on_request")
    chain = Chain([Step(chooses)], registry.filter_duration)
    chooses.wanted = frozenset({"on_response"})
    chain.compile()
    for _ in range(TIMED_OF):
        await run(chain)
    observed = {tuple(labels): sum(value[1:]) for labels, value in registry.filter_duration.samples()}  # type: ignore[index]
    assert observed[("a", "on_response")] == 1


async def test_the_request_of_an_exchange_under_way_runs_as_it_began_and_the_rest_as_the_chain_is_now() -> None:
    chooses = Chooses("b", "on_request", "on_upstream_request")
    recompiles = Recompiles(chooses, "on_response", "on_complete")
    await run(recompiles.chain)
    assert chooses.said == ["on_request", "on_response", "on_complete"]


async def test_other_filters_do_not_notice_that_their_chain_is_compiled_again() -> None:
    recompiles = Recompiles(Chooses("b", "on_request"), "on_response")
    await run(recompiles.chain)
    after = recompiles.chain.steps[2].filter
    assert isinstance(after, Chooses)
    assert recompiles.said == after.said == EVERY


async def test_a_hold_whose_body_hook_went_meanwhile_is_the_filters_failure() -> None:
    class Leaves(Chooses):
        def on_request(self, exchange: Exchange) -> Answer:
            self.wanted = frozenset({"on_request"})
            chain.compile()
            return HOLD

    chain = Chain([Step(Leaves("a", "on_request", "on_request_body"))])
    with pytest.raises(FilterError, match="HOLD"):
        await chain.request(make_exchange())
