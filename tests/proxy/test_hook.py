"""One hook of one filter: when it applies, what its failure means."""

import pytest
from kit.exchanges import make_exchange

from proxy.errors import BodyTooLarge, FilterError
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.hook import Hook, Step
from proxy.metrics import Registry


class Counting(Filter):
    name = "counting"

    def __init__(self) -> None:
        self.calls = 0

    def on_request(self, exchange: Exchange) -> None:
        self.calls += 1

    async def on_upstream_request(self, exchange: Exchange) -> None:
        self.calls += 1


class Failing(Filter):
    name = "failing"

    def __init__(self, error: Exception) -> None:
        self.error = error

    def on_request(self, exchange: Exchange) -> None:
        raise self.error


@pytest.mark.parametrize(
    ("run", "skipped", "applies"), [(3, 0, True), (2, 0, False), (3, 0b100, False), (3, 0b11, True)]
)
def test_a_hook_applies_where_its_turn_came_and_its_condition_held(run: int, skipped: int, applies: bool) -> None:
    exchange = make_exchange()
    exchange.filters_run, exchange.skipped = run, skipped
    assert Hook(Step(Counting()), 2, "on_request").applies(exchange) == applies


@pytest.mark.parametrize(("name", "awaits"), [("on_request", False), ("on_upstream_request", True)])
async def test_a_hook_is_called_as_it_was_written(name: str, awaits: bool) -> None:
    filter = Counting()
    hook = Hook(Step(filter), 0, name)
    assert hook.awaits == awaits
    await hook.run(make_exchange())
    assert filter.calls == 1


async def test_a_foreign_exception_becomes_a_filter_error_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises(FilterError, match="failing"):
        await Hook(Step(Failing(KeyError("x"))), 0, "on_request").run(make_exchange())
    assert "Traceback" in caplog.text


async def test_a_filters_own_error_is_raised_as_it_is() -> None:
    own = FilterError("trap", reason="guest_trap")
    with pytest.raises(FilterError) as caught:
        await Hook(Step(Failing(own)), 0, "on_request").run(make_exchange())
    assert caught.value is own


@pytest.mark.parametrize("error", [KeyError("x"), FilterError("trap")])
async def test_an_open_step_swallows_both(error: Exception, caplog: pytest.LogCaptureFixture) -> None:
    assert await Hook(Step(Failing(error), on_error="open"), 0, "on_request").run(make_exchange()) is None
    assert caplog.records[0].levelname == "WARNING"


async def test_an_open_step_does_not_swallow_what_others_did() -> None:
    with pytest.raises(BodyTooLarge):
        await Hook(Step(Failing(BodyTooLarge()), on_error="open"), 0, "on_request").run(make_exchange())


@pytest.mark.parametrize("name", ["on_request", "on_upstream_request"])
async def test_a_timed_twin_observes_and_leaves_the_hook_alone(name: str) -> None:
    registry, filter = Registry(), Counting()
    hook = Hook(Step(filter), 0, name)
    twin = hook.timed(registry.filter_duration)
    await twin.run(make_exchange())
    await hook.run(make_exchange())
    assert filter.calls == 2
    (sample,) = registry.filter_duration.samples()
    assert sample[0] == ["counting", name]
    assert isinstance(sample[1], list)
    assert sum(sample[1][1:]) == 1


async def test_a_timed_hook_is_observed_when_it_fails_too() -> None:
    registry = Registry()
    with pytest.raises(FilterError):
        await Hook(Step(Failing(ValueError())), 0, "on_request").timed(registry.filter_duration).run(make_exchange())
    assert len(registry.filter_duration.samples()) == 1
