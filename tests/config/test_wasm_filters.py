"""The WASM filters of one worker together: started, shown, swapped, closed."""

from __future__ import annotations

import asyncio
import hashlib
import pathlib
from collections.abc import AsyncIterator

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.guests import marking, passing_over_http_wasm, refusing, saying

from config.parts import Parts
from config.wasm_filters import Source, WasmFilters
from proxy.chain import Chain, Step
from proxy.errors import StartError
from proxy.metrics import Registry
from wasm_host.filter import WasmFilter
from wasm_host.program import GuestSettings


class House:
    """Filters in a directory with `own.wasm`, and the metrics that they count."""

    def __init__(self, directory: pathlib.Path) -> None:
        self.file, self.registry = directory / "own.wasm", Registry()
        self.file.write_bytes(marking("one"))
        self.filters = WasmFilters(Parts(directory, self.registry, {}))

    def make(self, sha256: str | None = None, name: str = "guest") -> WasmFilter[object]:  # type: ignore[type-var]
        return self.filters.make(Source("own.wasm", sha256, GuestSettings(name)))

    def info(self, wasm: bytes) -> float:
        digest = hashlib.sha256(wasm).hexdigest()
        return self.registry.wasm_module_info.child("guest", digest, "Proxy-Wasm 0.2.1").value


@pytest.fixture
async def house(tmp_path: pathlib.Path) -> AsyncIterator[House]:
    house = House(tmp_path)
    yield house
    await house.filters.close()


async def mark(filter: object) -> str | None:
    exchange = make_exchange()
    response = await run(exchange, make_response(), filter)  # type: ignore[arg-type]
    filter.on_complete(exchange)  # type: ignore[attr-defined]
    return response.headers.get("x-mark")


async def test_a_guest_starts_before_the_first_request(house: House) -> None:
    house.make()
    assert house.filters.describe()["guest"][0]["instances"] == 0
    house.filters.start()
    assert house.filters.describe()["guest"][0]["instances"] == 1


async def test_one_that_does_not_start_is_an_error_that_names_it(house: House) -> None:
    house.file.write_bytes(refusing("no"))
    house.make()
    with pytest.raises(StartError, match=r"filter guest: own.wasm: the guest refused its configuration"):
        house.filters.start()


async def test_a_module_that_went_bad_is_an_error_that_names_the_filter(house: House) -> None:
    with pytest.raises(StartError, match=r"filter guest: own\.wasm has the sha256"):
        house.make(sha256="0" * 64)


async def test_the_description_says_what_runs(house: House) -> None:
    house.make()
    assert house.filters.describe() == {
        "guest": [
            {
                "module": "own.wasm",
                "sha256": hashlib.sha256(marking("one")).hexdigest(),
                "abi": "Proxy-Wasm 0.2.1",
                "instances": 0,
                "quarantined": False,
            }
        ]
    }
    assert house.info(marking("one")) == 1


async def test_a_swap_lets_new_exchanges_meet_the_new_module(house: House) -> None:
    filter = house.make()
    house.filters.start()
    assert await mark(filter) == "one"
    house.file.write_bytes(marking("two"))
    outcome = await house.filters.reload("guest")
    assert outcome == {"outcome": "swapped", "sha256": hashlib.sha256(marking("two")).hexdigest()}
    assert await mark(filter) == "two"
    assert (house.info(marking("one")), house.info(marking("two"))) == (0, 1)
    assert house.registry.wasm_swaps.child("guest", "swapped").value == 1
    assert house.filters.describe()["guest"][0]["instances"] == 1


async def test_an_exchange_under_way_finishes_in_the_old_guest(house: House) -> None:
    filter = house.make()
    exchange, chain = make_exchange(), Chain([Step(filter)])
    await chain.request(exchange)
    house.file.write_bytes(marking("two"))
    await house.filters.reload("guest")
    assert (await chain.response(exchange, make_response())).headers.get("x-mark") == "one"
    chain.complete(exchange)
    assert house.filters.describe()["guest"][0]["instances"] == 1


async def test_chains_learn_of_other_hooks(house: House) -> None:
    house.file.write_bytes(saying("hello"))
    filter = house.make()
    chain = Chain([Step(filter)])
    house.filters.chains = [chain, Chain()]
    assert len(chain.response_hooks) == 0
    house.file.write_bytes(marking("two"))
    await house.filters.reload("guest")
    assert len(chain.response_hooks) == 1


@pytest.mark.parametrize(
    ("wasm", "reason"),
    [
        (b"no module", "own.wasm is not a WebAssembly module"),
        (refusing("no"), "the guest refused its configuration"),
        (passing_over_http_wasm(), "own.wasm is for http-wasm now; that takes a reload of the configuration"),
    ],
)
async def test_a_bad_module_changes_nothing(house: House, wasm: bytes, reason: str) -> None:
    filter = house.make()
    house.filters.start()
    house.file.write_bytes(wasm)
    outcome = await house.filters.reload("guest")
    assert outcome["outcome"] == "refused"
    assert reason in outcome["reason"]
    assert await mark(filter) == "one"
    assert house.info(marking("one")) == 1
    assert house.registry.wasm_swaps.child("guest", "refused").value == 1


async def test_a_file_that_is_gone_changes_nothing(house: House) -> None:
    filter = house.make()
    house.file.unlink()
    assert "cannot read own.wasm" in (await house.filters.reload("guest"))["reason"]
    assert await mark(filter) == "one"


async def test_a_hash_that_is_pinned_keeps_its_module(house: House) -> None:
    filter = house.make(sha256=hashlib.sha256(marking("one")).hexdigest())
    house.file.write_bytes(marking("two"))
    assert "own.wasm has the sha256" in (await house.filters.reload("guest"))["reason"]
    assert await mark(filter) == "one"


async def test_all_filters_of_a_name_are_swapped_together(house: House) -> None:
    both = [house.make(), house.make()]
    other = house.make(name="other")
    house.file.write_bytes(marking("two"))
    await house.filters.reload("guest")
    assert [await mark(each) for each in (*both, other)] == ["two", "two", "one"]
    assert house.info(marking("two")) == 1


async def test_swaps_at_once_go_one_after_the_other(house: House) -> None:
    filter = house.make()
    house.file.write_bytes(marking("two"))
    outcomes = await asyncio.gather(*(house.filters.reload("guest") for _ in range(3)))
    assert [each["outcome"] for each in outcomes] == ["swapped"] * 3
    assert await mark(filter) == "two"
    assert house.filters.describe()["guest"][0]["instances"] == 1


async def test_closing_leaves_no_guest(house: House) -> None:
    house.make()
    house.filters.start()
    await house.filters.close()
    assert house.filters.describe()["guest"][0]["instances"] == 0
