"""One fetch for many."""

import asyncio

from kit.exchanges import Pieces
from kit.received import kept

from proxy.cache.fill import Budget, Fill
from proxy.cache.flight import Abandoned, Alone, Failed, Flight, Flights, Landed, Outcome
from proxy.errors import ConnectFailed

FRESH = "Cache-Control: max-age=60"


def a_fill() -> Fill:
    return Fill(Pieces(), limit_bytes=1, budget=Budget(1), sink=None, on_whole=lambda _: None, on_lost=lambda: None)


async def told(flight: Flight) -> Outcome:
    async with asyncio.timeout(1):
        return await flight.join()


async def test_all_who_wait_are_told_in_a_later_turn() -> None:
    flight = Flights().start("a")
    waiting = [asyncio.ensure_future(told(flight)) for _ in range(3)]
    await asyncio.sleep(0)
    landed = Landed(kept(FRESH))
    flight.land(landed)
    assert not any(each.done() for each in waiting)
    assert await asyncio.gather(*waiting) == [landed] * 3


async def test_who_comes_while_a_body_is_coming_is_told_at_once() -> None:
    flights = Flights()
    flight = flights.start("a")
    landed = Landed(kept(FRESH), a_fill())
    flight.land(landed)
    assert flights.find("a") is flight
    assert await told(flight) is landed
    flight.end()
    assert flights.find("a") is None


async def test_nobody_joins_what_landed_without_a_body_to_come() -> None:
    for outcome in (Landed(kept(FRESH)), Alone("private"), Failed(ConnectFailed()), Abandoned()):
        flights = Flights()
        flights.start("a").land(outcome)
        assert len(flights) == 0


async def test_nobody_joins_a_body_that_has_outgrown_the_cache() -> None:
    flights, fill = Flights(), a_fill()
    fill.storing = False
    flights.start("a").land(Landed(kept(FRESH), fill))
    assert flights.find("a") is None


async def test_it_lands_once() -> None:
    flight = Flights().start("a")
    waiting = asyncio.ensure_future(told(flight))
    await asyncio.sleep(0)
    flight.land(Alone("private"))
    flight.land(Abandoned())
    assert await waiting == Alone("private")


async def test_who_waits_for_its_end_is_called_once() -> None:
    ended = []
    flight = Flights().start("a")
    flight.on_end = lambda: ended.append(True)
    flight.land(Landed(kept(FRESH), a_fill()))
    assert not ended
    flight.end()
    flight.end()
    assert ended == [True]


async def test_a_flight_that_ends_late_leaves_its_successor_alone() -> None:
    flights = Flights()
    old = flights.start("a")
    old.land(Landed(kept(FRESH), a_fill()))
    old.end()
    new = flights.start("a")
    old.end()
    assert flights.find("a") is new


async def test_a_follower_that_has_left_is_passed_over() -> None:
    flight = Flights().start("a")
    leaver, stayer = (asyncio.ensure_future(told(flight)) for _ in range(2))
    await asyncio.sleep(0)
    leaver.cancel()
    await asyncio.sleep(0)
    flight.land(Abandoned())
    assert await stayer == Abandoned()
    assert leaver.cancelled()


def test_a_fetch_for_one_ends_as_others_do() -> None:
    ended = []
    flight = Flight.of_one()
    flight.on_end = lambda: ended.append(True)
    flight.land(Abandoned())
    assert ended == [True]
