"""Where guests come from: kept, counted, replaced, left alone, swapped."""

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.http_wasm import GOES_ON, RESPONSE, ROOM, Strings, guest, http_wasm_filter, program, room

from proxy.chain import Chain, Step
from proxy.errors import GuestTimeout, GuestTrap, GuestUnavailable
from proxy.metrics import Registry
from wasm_host.abi.http_wasm.filter import HttpWasmFilter


def telling(strings: Strings, mark: str = "a") -> str:
    """A guest that tells a mark of its own."""
    return guest(strings, f"(call $set_header_value {RESPONSE} {strings('x-mark')} {strings(mark)}) {GOES_ON}")


def alive(registry: Registry) -> int:
    return int(registry.wasm_instances.child("it").value)


async def mark(filter: HttpWasmFilter) -> str:
    return (await run(make_exchange(), make_response(), filter)).headers["x-mark"]


async def test_starting_keeps_a_guest_for_the_first_request() -> None:
    registry = Registry()
    filter = http_wasm_filter(telling(Strings()), registry)
    filter.start()
    assert alive(registry) == 1
    await mark(filter)
    assert alive(registry) == 1
    filter.close()
    assert alive(registry) == 0


async def test_there_are_only_so_many_at_once() -> None:
    filter = http_wasm_filter(telling(Strings()), instances=2)
    chain, exchanges = Chain([Step(filter)]), [make_exchange() for _ in range(2)]
    for each in exchanges:
        await chain.request(each)
    with pytest.raises(GuestUnavailable) as caught:
        await chain.request(make_exchange())
    assert (caught.value.status, caught.value.reason) == (503, "no_instance")
    await chain.response(exchanges[0], make_response())
    assert await mark(filter) == "a"
    await chain.response(exchanges[1], make_response())
    filter.close()


async def test_a_guest_per_request_is_not_kept() -> None:
    registry = Registry()
    strings = Strings()
    count = f"""
        (global.set $count (i32.add (global.get $count) (i32.const 1)))
        (i32.store8 (i32.const {ROOM}) (i32.add (i32.const 48) (global.get $count)))
        (call $set_header_value {RESPONSE} {strings("x-mark")} {room(1)})
        """
    filter = http_wasm_filter(guest(strings, count + GOES_ON), registry, reused=False)
    filter.start()
    assert [await mark(filter) for _ in range(2)] == ["1", "1"]
    assert alive(registry) == 0


FAILS_ON_POST = f"""
    (drop (call $get_method {room()}))
    (if (i32.eq (i32.load8_u (i32.const {ROOM})) (i32.const 80)) (then %s))
    """


async def test_one_request_that_traps_fails_no_other() -> None:
    strings = Strings()
    filter = http_wasm_filter(guest(strings, FAILS_ON_POST % "unreachable" + GOES_ON))
    for _ in range(3):
        with pytest.raises(GuestTrap):
            await run(make_exchange("POST"), make_response(), filter)
        assert (await run(make_exchange(), make_response(201), filter)).status == 201
    filter.close()


async def test_a_filter_that_times_out_again_and_again_is_not_called() -> None:
    registry = Registry()
    filter = http_wasm_filter(
        guest(Strings(), FAILS_ON_POST % "(loop $again (br $again))" + GOES_ON), registry, call_time_s=0.01
    )
    chain, other = Chain([Step(filter)]), make_exchange()
    await chain.request(other)
    for _ in range(3):
        with pytest.raises(GuestTimeout):
            await run(make_exchange("POST"), make_response(), filter)
    assert registry.wasm_quarantined.child("it").value == 1
    await chain.response(other, make_response())
    with pytest.raises(GuestUnavailable) as caught:
        await run(make_exchange(), make_response(), filter)
    assert caught.value.reason == "quarantined"
    filter.close()


async def test_exchanges_under_way_finish_in_the_program_that_they_began_in() -> None:
    registry = Registry()
    filter = http_wasm_filter(telling(Strings(), "old"), registry)
    chain, under_way = Chain([Step(filter)]), make_exchange()
    filter.start()
    await chain.request(under_way)
    filter.swap(program(telling(Strings(), "new")))
    assert await mark(filter) == "new"
    assert (await chain.response(under_way, make_response())).headers["x-mark"] == "old"
    assert alive(registry) == 1, "the old ones are gone"
    filter.close()


async def test_a_program_that_does_not_start_changes_nothing() -> None:
    filter = http_wasm_filter(telling(Strings(), "old"))
    with pytest.raises(GuestTrap):
        filter.swap(program(guest(Strings(), start="unreachable")))
    assert await mark(filter) == "old"
    filter.close()
