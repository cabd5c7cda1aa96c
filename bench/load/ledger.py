"""What became of every request: nothing is tried twice, and nothing forgotten."""

from __future__ import annotations

import ssl
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import Literal, Protocol, Self

Seen = Literal["refused", "reset", "cut", "silent", "wrong", "tls", "unreachable", "unfinished"]


class Wrong(Exception):
    """An answer came whole, but is not the one that was asked for."""


_SEEN: list[tuple[type[BaseException], Seen]] = [
    (Wrong, "wrong"),
    (TimeoutError, "silent"),
    (ConnectionRefusedError, "refused"),
    (ConnectionError, "reset"),
    (EOFError, "cut"),
    (ssl.SSLEOFError, "cut"),
    (ssl.SSLError, "tls"),
    (OSError, "unreachable"),
]
"""The first that fits; the order counts, for some are kinds of others."""

FAILURES = tuple(kind for kind, _ in _SEEN)


def seen(error: BaseException) -> Seen:
    """Say in a word how a request ended that was not answered."""
    return next((word for kind, word in _SEEN if isinstance(error, kind)), "unfinished")


class Withdrawn(Exception):
    """Nothing was asked after all: the listener had gone before the kernel let anybody in."""


class Connected(Protocol):
    """What an exchange went over: the client's own port, and since when it was open on the ledger's clock."""

    @property
    def port(self) -> int: ...
    @property
    def since_s(self) -> float: ...


@dataclass(frozen=True, slots=True)
class Failure:
    """A request without its answer. Times are on the ledger's clock; `port` is 0 where nothing was connected."""

    kind: str
    during: str
    begun_s: float
    at_s: float
    seen: Seen
    what: str
    port: int = 0
    connected_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Death:
    """The end of a worker that was killed, and the client's ports of all connections that it had accepted."""

    pid: int
    at_s: float
    held: frozenset[int]

    def explains(self, failure: Failure) -> bool:
        """Tell whether a request was lost with the connection that this worker held, and for no other reason."""
        return (
            failure.port in self.held
            and failure.connected_s <= self.at_s <= failure.at_s
            and failure.seen in ("reset", "cut", "tls")
        )


def unexplained(failures: Sequence[Failure], deaths: Sequence[Death]) -> list[Failure]:
    """Return the failures that no worker's death excuses."""
    return [failure for failure in failures if not any(death.explains(failure) for death in deaths)]


class Asking:
    """One request on its way; a context in which it is answered or fails, and no failure leaves it.

    `over` is set once there is a connection, `answered` at the end.
    """

    def __init__(self, ledger: Ledger, kind: str) -> None:
        self._ledger, self.kind = ledger, kind
        self.over: Connected | None = None
        self.answered = False

    def __enter__(self) -> Self:
        self.begun_s = self._ledger.now()
        self._ledger.asked[self.kind] += 1
        self._ledger.under_way.add(self)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        self._ledger.under_way.discard(self)
        if error is None:
            self.answered = True
            self._ledger.answered[self.kind] += 1
            return False
        if isinstance(error, Withdrawn):
            self._ledger.asked[self.kind] -= 1
            return True
        self._ledger.failures.append(self._failure(error))
        return isinstance(error, FAILURES)

    def _failure(self, error: BaseException) -> Failure:
        port, connected_s = (0, 0.0) if self.over is None else (self.over.port, self.over.since_s)
        what = f"{type(error).__name__}: {error}"[:200]
        during, now = self._ledger.during, self._ledger.now()
        return Failure(self.kind, during, self.begun_s, now, seen(error), what, port, connected_s)


class Ledger:
    """Counts requests by kind. `during` names what befalls the proxy now, or befell it last."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock, self._started = clock, clock()
        self.during = "nothing"
        self.asked: Counter[str] = Counter()
        self.answered: Counter[str] = Counter()
        self.under_way: set[Asking] = set()
        self.failures: list[Failure] = []

    def now(self) -> float:
        """Return the seconds since the ledger was begun."""
        return self._clock() - self._started

    def asking(self, kind: str) -> Asking:
        return Asking(self, kind)
