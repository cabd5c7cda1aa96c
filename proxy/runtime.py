"""The only clock, the only `spawn`, and the two ways a coroutine runs.

A Task costs about 2 µs a request, and its wake-ups one turn of the loop each. Where nothing on the way needs one
(a chain of plain functions), a `Strand` drives the coroutine by hand: it starts inside the client's
`data_received` and goes on inside the upstream's. A `Waiter` suspends either kind.
"""

from __future__ import annotations

import asyncio
import contextvars
import logging
import time
import weakref
from collections.abc import Callable, Coroutine, Generator
from typing import Any, Generic, Protocol, TypeVar

log = logging.getLogger("penstock")

T = TypeVar("T")

monotonic = time.monotonic
wall_clock = time.time
NEVER = float("inf")


class Waiter(Generic[T]):
    """One result, awaited once; a future with no loop turn between waking and going on.

    `_asyncio_future_blocking` makes asyncio's own Tasks accept it where a future is expected (the duck type that
    asyncio.isfuture documents), so the same infrastructure runs under a Task and under a Strand.
    """

    __slots__ = ("_asyncio_future_blocking", "_callback", "_done", "_error", "_value")

    def __init__(self) -> None:
        self._asyncio_future_blocking = False
        self._callback: Callable[[Any], object] | None = None
        self._done = False
        self._error: BaseException | None = None
        self._value: T | None = None

    def wake(self, value: T) -> None:
        """Deliver the result and go on with the coroutine, inside this call; later calls do nothing."""
        if not self._done:
            self._done, self._value = True, value
            callback = self._callback
            if callback is not None:
                self._callback = None
                callback(self)

    def throw(self, error: BaseException) -> None:
        """Raise in the waiting coroutine, inside this call."""
        if not self._done:
            self._error = error
            self._settle()

    def _settle(self) -> None:
        self._done = True
        callback, self._callback = self._callback, None
        if callback is not None:
            callback(self)

    def done(self) -> bool:
        return self._done

    def cancel(self, msg: object = None) -> bool:
        if self._done:
            return False
        self._error = asyncio.CancelledError()
        self._settle()
        return True

    def cancelled(self) -> bool:
        return isinstance(self._error, asyncio.CancelledError)

    def get_loop(self) -> asyncio.AbstractEventLoop:
        return asyncio.get_running_loop()

    def result(self) -> T:
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]

    def exception(self) -> BaseException | None:
        return self._error

    def add_done_callback(
        self, callback: Callable[[Any], object], *, context: contextvars.Context | None = None
    ) -> None:
        """Take a Task's wake-up, which asyncio wants called from the loop, never from inside another step."""
        loop = asyncio.get_running_loop()

        def soon(waiter: Any) -> None:
            loop.call_soon(callback, waiter, context=context)

        self.on_done(soon)

    def remove_done_callback(self, callback: Callable[[Any], object]) -> int:
        removed = self._callback is not None
        self._callback = None
        return int(removed)

    def on_done(self, callback: Callable[[Any], object]) -> None:
        if self._done:
            callback(self)
        else:
            self._callback = callback

    def __await__(self) -> Generator[Any, None, T]:
        if not self._done:
            self._asyncio_future_blocking = True
            yield self
        if self._error is not None:
            raise self._error
        return self._value  # type: ignore[return-value]


class Running(Protocol):
    """A coroutine under way: a Strand or a Task."""

    def cancel(self) -> bool: ...
    def done(self) -> bool: ...


class Strand:
    """Drives one coroutine that awaits only Waiters and futures, without a Task.

    `asyncio.current_task()` is not this coroutine, so what needs it (asyncio.timeout, most libraries) belongs in
    a Task. A result is dropped; an exception is logged, for the coroutine should have handled it.
    """

    __slots__ = ("_cancelled", "_coro", "_done", "_waiting")

    def __init__(self, coro: Coroutine[Any, Any, object]) -> None:
        self._coro = coro
        self._done = self._cancelled = False
        self._waiting: Any = None

    @classmethod
    def going_on(cls, coro: Coroutine[Any, Any, object], waiting: Any) -> Strand:
        """Drive a coroutine that another drove so far, and that waits for something."""
        strand = cls(coro)
        strand._suspend(waiting)
        return strand

    def step(self, _: object = None) -> None:
        """Run to the next suspension. It never nests: a wake-up from inside finds the waiter done and returns."""
        self._waiting = None
        try:
            waiting = self._coro.send(None)
        except (StopIteration, asyncio.CancelledError):
            self._done = True
        except BaseException:
            self._done = True
            log.exception("a strand ended with an exception")
        else:
            self._suspend(waiting)

    def _suspend(self, waiting: Any) -> None:
        if type(waiting) is Waiter:
            self._waiting = waiting
            waiting._asyncio_future_blocking = False
            if self._cancelled:
                waiting.cancel()
            waiting.on_done(self.step)
        elif waiting is None:
            asyncio.get_running_loop().call_soon(self.step)
        else:
            self._waiting = waiting
            waiting._asyncio_future_blocking = False
            waiting.add_done_callback(self.step)
            if self._cancelled:
                waiting.cancel()

    def cancel(self) -> bool:
        """Raise CancelledError at the present suspension, now; at the next one if called from inside."""
        if self._done:
            return False
        self._cancelled = True
        if self._waiting is not None:
            self._waiting.cancel()
        return True

    def done(self) -> bool:
        return self._done


_background: set[asyncio.Task[Any]] = set()


def spawn(coro: Coroutine[Any, Any, Any], name: str) -> asyncio.Task[Any]:
    """Run a coroutine as a Task that is kept alive and whose failure is logged."""
    task = asyncio.get_running_loop().create_task(coro, name=name)
    _background.add(task)
    task.add_done_callback(_reap)
    return task


def _reap(task: asyncio.Task[Any]) -> None:
    _background.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        log.error("background task %s failed", task.get_name(), exc_info=error)


class Timed(Protocol):
    """Something with a deadline on the monotonic clock."""

    deadline: float

    def on_deadline(self, now: float) -> None: ...


class Sweeper:
    """Watches the deadlines of many connections with one timer.

    A timer per request costs about 1 µs; storing a float costs nothing. 5,000 idle connections cost some 0.3 ms a
    sweep. `now` is the time of the last sweep, to reckon a deadline from where asking the clock, 50 ns, is too dear.
    So deadlines are kept to within one period, early or late.
    """

    period_s = 0.1

    def __init__(self) -> None:
        self.now = monotonic()
        self._watched: set[Timed] = set()
        self._timer: asyncio.TimerHandle | None = None

    def add(self, timed: Timed) -> None:
        self._watched.add(timed)
        if self._timer is None:
            self.now = monotonic()
            self._schedule()

    def remove(self, timed: Timed) -> None:
        self._watched.discard(timed)

    def _schedule(self) -> None:
        self._timer = asyncio.get_running_loop().call_later(self.period_s, self._sweep)

    def _sweep(self) -> None:
        now = self.now = monotonic()
        self._timer = None
        if self._watched:
            self._schedule()
        for timed in [each for each in self._watched if each.deadline <= now]:
            try:
                if timed.deadline <= now:  # An earlier one may have settled it.
                    timed.on_deadline(now)
            except Exception:
                log.exception("a deadline could not be kept")

    def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._watched.clear()


_sweepers: weakref.WeakKeyDictionary[asyncio.AbstractEventLoop, Sweeper] = weakref.WeakKeyDictionary()


def sweeper() -> Sweeper:
    """Return the running loop's sweeper; one serves all connections of a worker."""
    loop = asyncio.get_running_loop()
    found = _sweepers.get(loop)
    if found is None:
        found = _sweepers[loop] = Sweeper()
    return found
