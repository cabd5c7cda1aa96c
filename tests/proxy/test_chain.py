"""Chains: which hooks run, in which order, for whom, and what their answers and failures mean."""

import inspect
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response

from proxy.chain import TIMED_OF, Chain, Step
from proxy.errors import FilterError, UpstreamCut
from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.messages import Response
from proxy.metrics import Registry

SAID: list[str] = []


@pytest.fixture(autouse=True)
def said() -> list[str]:
    SAID.clear()
    return SAID


class Plain(Filter):
    """Writes down each of its hooks."""

    def __init__(self, name: str) -> None:
        self.name = name

    def say(self, hook: str) -> None:
        SAID.append(f"{self.name} {hook}")

    def on_request(self, exchange: Exchange) -> Answer:
        self.say("request")
        return None

    def on_upstream_request(self, exchange: Exchange) -> None:
        self.say("upstream_request")

    def on_upstream_response(self, exchange: Exchange, response: Response) -> None:
        self.say("upstream_response")

    def on_response(self, exchange: Exchange, response: Response) -> Response | None:
        self.say("response")
        return None

    def on_complete(self, exchange: Exchange) -> None:
        self.say("complete")


class Async(Plain):
    """Does the same, each hook a coroutine."""

    async def on_request(self, exchange: Exchange) -> Answer:  # type: ignore[override]
        return super().on_request(exchange)

    async def on_upstream_request(self, exchange: Exchange) -> None:  # type: ignore[override]
        super().on_upstream_request(exchange)

    async def on_upstream_response(self, exchange: Exchange, response: Response) -> None:  # type: ignore[override]
        super().on_upstream_response(exchange, response)

    async def on_response(self, exchange: Exchange, response: Response) -> Response | None:  # type: ignore[override]
        return super().on_response(exchange, response)


class Answers(Plain):
    def on_request(self, exchange: Exchange) -> Answer:
        super().on_request(exchange)
        return make_response(403)


KINDS = pytest.mark.parametrize("kind", [Plain, Async])


def chain_of(*filters: Filter, **step: Any) -> Chain:
    return Chain([Step(each, **step) for each in filters])


async def run(chain: Chain, exchange: Exchange | None = None, response: Response | None = None) -> Response:
    """Take an exchange through the whole of a chain, as pipeline and upstream do."""
    exchange = exchange or make_exchange()
    answer = await chain.request(exchange)
    if answer is None:
        await chain.wrap_request_body(exchange)
        await chain.upstream_request(exchange)
        answer = response or make_response(200)
        await chain.upstream_response(exchange, answer)
    answer = await chain.response(exchange, answer)
    await chain.wrap_response_body(exchange, answer)
    chain.complete(exchange)
    return answer


# Order.


@KINDS
async def test_requests_run_in_list_order_and_responses_reversed(kind: type[Plain]) -> None:
    await run(chain_of(kind("a"), kind("b")))
    expected = [
        *("a request", "b request"),
        *("a upstream_request", "b upstream_request"),
        *("b upstream_response", "a upstream_response"),
        *("b response", "a response"),
        *("b complete", "a complete"),
    ]
    assert expected == SAID


async def test_plain_and_async_filters_mix() -> None:
    await run(chain_of(Plain("a"), Async("b"), Plain("c")))
    assert SAID[:3] == ["a request", "b request", "c request"]


def test_only_a_chain_without_an_async_hook_is_plain() -> None:
    assert chain_of(Plain("a"), Plain("b")).plain
    assert not chain_of(Plain("a"), Async("b")).plain
    assert Chain().plain


def test_hooks_that_nobody_overrides_are_not_there() -> None:
    class OnlyResponses(Filter):
        def on_response(self, exchange: Exchange, response: Response) -> None:
            return None

    chain = chain_of(OnlyResponses(), Filter())
    hooks = {name: len(value) for name, value in vars(chain).items() if name.endswith("_hooks") and name[0] != "_"}
    assert hooks == {name: int(name == "response_hooks") for name in hooks}


# Local answers.


async def test_after_a_local_answer_only_those_that_ran_see_the_response() -> None:
    exchange = make_exchange()
    chain = chain_of(Plain("a"), Answers("b"), Plain("c"))
    assert (await run(chain, exchange)).status == 403
    assert SAID == ["a request", "b request", "b response", "a response", "b complete", "a complete"]
    assert exchange.filters_run == 2


async def test_the_filter_that_answered_is_named_with_its_last_decision() -> None:
    class Decides(Answers):
        def on_request(self, exchange: Exchange) -> Answer:
            exchange.decide(self.name, "allow", "first")
            exchange.decide(self.name, "deny", "second")
            exchange.decide("another", "deny", "third")
            return super().on_request(exchange)

    exchange = make_exchange()
    await run(chain_of(Decides("judge")), exchange)
    assert (exchange.answered_by, exchange.reason) == ("judge", "second")


async def test_an_answer_without_a_decision_has_a_reason_all_the_same() -> None:
    exchange = make_exchange()
    await run(chain_of(Answers("judge")), exchange)
    assert (exchange.answered_by, exchange.reason) == ("judge", "answered")


@pytest.mark.parametrize("answer", [True, "no", 403])
async def test_what_is_no_response_is_the_filters_failure(answer: Any) -> None:
    class Confused(Plain):
        def on_request(self, exchange: Exchange) -> Answer:
            return answer  # type: ignore[no-any-return]

    with pytest.raises(FilterError):
        await chain_of(Confused("a")).request(make_exchange())


async def test_another_response_takes_the_place_of_the_first_which_is_released() -> None:
    class Replaces(Plain):
        def on_response(self, exchange: Exchange, response: Response) -> Response | None:
            super().on_response(exchange, response)
            return make_response(500) if response.status == 200 else None

    body, exchange = Pieces(b"unread"), make_exchange()
    response = await run(chain_of(Plain("a"), Replaces("b")), exchange, make_response(200, body=body))
    assert response.status == 500
    assert await body.read() == b""
    assert exchange.answered_by == "b"
    assert SAID[-4:-2] == ["b response", "a response"]


async def test_the_same_response_is_nobodys_answer() -> None:
    class Same(Plain):
        def on_response(self, exchange: Exchange, response: Response) -> Response | None:
            return response

    exchange = make_exchange()
    await run(chain_of(Same("a")), exchange)
    assert exchange.answered_by == "upstream"


# Conditions.


async def test_a_condition_is_judged_once_at_the_request() -> None:
    judged: list[str] = []

    def when(exchange: Exchange) -> bool:
        judged.append(exchange.request.path)
        return exchange.request.path == "/yes"

    class Rewrites(Plain):
        def on_request(self, exchange: Exchange) -> Answer:
            exchange.request.path = "/no" if exchange.request.path == "/yes" else "/yes"
            return super().on_request(exchange)

    chain = Chain([Step(Plain("a"), when), Step(Rewrites("b")), Step(Plain("c"), when)])
    await run(chain, make_exchange(target="/yes"))
    assert judged == ["/yes", "/no"]
    assert {line for line in SAID if line[0] == "a"} == {f"a {hook}" for hook in HOOKS}
    assert not [line for line in SAID if line[0] == "c"]


HOOKS = ("request", "upstream_request", "upstream_response", "response", "complete")


async def test_a_condition_counts_for_a_filter_without_on_request_too() -> None:
    class OnlyResponses(Filter):
        name = "late"

        def on_response(self, exchange: Exchange, response: Response) -> Response | None:
            SAID.append("late")
            return None

    for holds in (True, False):
        await run(Chain([Step(OnlyResponses(), lambda _, holds=holds: holds)]))  # type: ignore[misc]
    assert SAID == ["late"]


async def test_a_condition_that_fails_is_its_filters_failure() -> None:
    def when(exchange: Exchange) -> bool:
        raise ValueError("cannot tell")

    with pytest.raises(FilterError):
        await Chain([Step(Plain("a"), when)]).request(make_exchange())
    await Chain([Step(Plain("a"), when, "open"), Step(Plain("b"))]).request(make_exchange())
    assert SAID == ["b request"]


# Failures.


def failing(hook: str, error: Exception, *, awaits: bool) -> Filter:
    """Make a filter whose one hook fails."""

    def fail(self: Filter, *_: object) -> None:
        raise error

    async def fail_later(self: Filter, *_: object) -> None:
        raise error

    return type("Failing", (Filter,), {hook: fail_later if awaits else fail, "name": "broken"})()


FAILING = pytest.mark.parametrize(
    "hook",
    [name for name in vars(Filter) if name.startswith("on_") and name != "on_complete"],
)


@FAILING
@pytest.mark.parametrize("awaits", [True, False], ids=["async", "plain"])
async def test_a_closed_filter_that_fails_ends_the_exchange(hook: str, awaits: bool) -> None:
    exchange = make_exchange()
    exchange.request.body = b"body"
    with pytest.raises(FilterError) as caught:
        await run(chain_of(failing(hook, ValueError("secret"), awaits=awaits)), exchange, make_response(body=b"body"))
    assert (caught.value.status, caught.value.source) == (500, "filter")
    assert isinstance(caught.value.__cause__, ValueError)


@FAILING
@pytest.mark.parametrize("awaits", [True, False], ids=["async", "plain"])
async def test_an_open_filter_that_fails_is_passed_over(hook: str, awaits: bool) -> None:
    exchange = make_exchange()
    exchange.request.body = b"request"
    chain = Chain([Step(failing(hook, ValueError("secret"), awaits=awaits), on_error="open"), Step(Plain("b"))])
    response = await run(chain, exchange, make_response(body=b"response"))
    assert (exchange.request.body, response.body) == (b"request", b"response")
    assert [line.removeprefix("b ") for line in SAID] == list(HOOKS)


async def test_a_failure_in_on_complete_is_logged_and_stops_nobody(caplog: pytest.LogCaptureFixture) -> None:
    await run(chain_of(Plain("a"), failing("on_complete", ValueError("at last"), awaits=False)))
    assert SAID[-1] == "a complete"
    assert "on_complete" in caplog.text


@pytest.mark.parametrize("on_error", ["open", "closed"])
async def test_a_body_that_breaks_while_a_filter_reads_it_is_not_the_filters_failure(on_error: Any) -> None:
    broken = failing("on_request", UpstreamCut(), awaits=True)
    with pytest.raises(UpstreamCut):
        await Chain([Step(broken, on_error=on_error)]).request(make_exchange())


async def test_on_complete_runs_after_a_failure_for_those_whose_turn_came() -> None:
    exchange = make_exchange()
    chain = chain_of(Plain("a"), failing("on_request", ValueError(), awaits=False), Plain("c"))
    with pytest.raises(FilterError):
        await chain.request(exchange)
    chain.complete(exchange)
    assert SAID == ["a request", "a complete"]


# Time.


async def test_the_time_of_one_request_and_response_in_many_is_taken() -> None:
    registry = Registry()
    chain = Chain([Step(Plain("a")), Step(Async("b"))], registry.filter_duration)
    for _ in range(2 * TIMED_OF):
        await run(chain)
    samples = {tuple(labels): sum(value[1:]) for labels, value in registry.filter_duration.samples()}  # type: ignore[index]
    assert samples == {(name, hook): 2 for name in "ab" for hook in ("on_request", "on_response")}


def test_every_hook_of_the_contract_is_compiled() -> None:
    hooks = [name for name, each in inspect.getmembers(Filter, inspect.isfunction) if name.startswith("on_")]
    everything = type("Everything", (Filter,), {name: lambda *_: None for name in hooks})()
    chain = chain_of(everything)
    compiled = {
        hook.call.__func__
        for value in vars(chain).values()
        if isinstance(value, tuple)
        for hook in value
        if hasattr(hook, "call")
    }
    assert {getattr(type(everything), name) for name in hooks} <= compiled
