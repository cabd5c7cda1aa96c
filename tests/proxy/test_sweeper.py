"""The one timer behind all deadlines."""

import asyncio

from kit import eventually

from proxy.runtime import NEVER, Sweeper, monotonic, sweeper


class Timed:
    def __init__(self, deadline: float) -> None:
        self.deadline = deadline
        self.fell_at: list[float] = []

    def on_deadline(self, now: float) -> None:
        self.fell_at.append(now)
        self.deadline = NEVER


async def test_a_deadline_falls_within_a_period_of_its_time() -> None:
    watcher = Sweeper()
    due = monotonic() + 0.12
    early, late, never = Timed(monotonic() - 1), Timed(due), Timed(NEVER)
    for timed in (early, late, never):
        watcher.add(timed)
    assert await eventually(lambda: late.fell_at)
    assert 0 <= late.fell_at[0] - due < 2 * Sweeper.period_s
    assert len(early.fell_at) == 1
    assert never.fell_at == []
    watcher.stop()


async def test_what_is_no_longer_watched_is_left_alone() -> None:
    watcher = Sweeper()
    gone = Timed(monotonic())
    watcher.add(gone)
    watcher.remove(gone)
    watcher.remove(gone)
    await asyncio.sleep(0.15)
    assert gone.fell_at == []


async def test_a_sweeper_rests_while_it_watches_nothing_and_wakes_again() -> None:
    watcher = Sweeper()
    first = Timed(monotonic())
    watcher.add(first)
    await eventually(lambda: first.fell_at)
    watcher.remove(first)
    assert await eventually(lambda: watcher._timer is None)
    second = Timed(monotonic())
    watcher.add(second)
    assert monotonic() - watcher.now < 0.05
    assert await eventually(lambda: second.fell_at)
    watcher.stop()


async def test_a_stopped_sweeper_judges_nothing() -> None:
    watcher = Sweeper()
    timed = Timed(monotonic())
    watcher.add(timed)
    watcher.stop()
    await asyncio.sleep(0.15)
    assert timed.fell_at == []


async def test_a_loop_has_one_sweeper() -> None:
    assert sweeper() is sweeper()


async def test_a_deadline_that_fails_spares_the_others() -> None:
    class Fails(Timed):
        def on_deadline(self, now: float) -> None:
            super().on_deadline(now)
            raise ValueError("of this one alone")

    asyncio.get_running_loop().set_exception_handler(lambda *_: None)
    watcher = Sweeper()
    watcher.add(Fails(monotonic()))
    other = Timed(monotonic() + 0.15)
    watcher.add(other)
    assert await eventually(lambda: other.fell_at, within_s=0.6)


async def test_a_deadline_that_another_one_put_off_does_not_fall() -> None:
    class PutsOff(Timed):
        other: "PutsOff"

        def on_deadline(self, now: float) -> None:
            super().on_deadline(now)
            self.other.deadline = NEVER

    watcher = Sweeper()
    one, other = PutsOff(monotonic()), PutsOff(monotonic())
    one.other, other.other = other, one
    watcher.add(one)
    watcher.add(other)
    assert await eventually(lambda: one.fell_at or other.fell_at)
    watcher.stop()
    assert len(one.fell_at + other.fell_at) == 1
