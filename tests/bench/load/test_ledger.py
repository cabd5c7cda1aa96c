"""Every request is accounted for, and only a killed worker excuses a failure."""

from __future__ import annotations

import asyncio
import ssl
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.load.ledger import Death, Failure, Ledger, Seen, Wrong, seen, unexplained


@dataclass
class Connection:
    port: int = 40_000
    since_s: float = 1.0


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("error", "word"),
    [
        (ConnectionRefusedError(), "refused"),
        (ConnectionResetError(), "reset"),
        (BrokenPipeError(), "reset"),
        (asyncio.IncompleteReadError(b"", 1), "cut"),
        (ssl.SSLEOFError(), "cut"),
        (ssl.SSLCertVerificationError(), "tls"),
        (TimeoutError(), "silent"),
        (Wrong(), "wrong"),
        (OSError(), "unreachable"),
        (asyncio.CancelledError(), "unfinished"),
    ],
)
def test_what_was_seen_is_said_in_a_word(error: BaseException, word: Seen):
    assert seen(error) == word


def test_an_answered_request_is_counted_and_no_more():
    ledger = Ledger(Clock())
    with ledger.asking("kept") as asking:
        assert ledger.under_way == {asking}
    assert (asking.answered, ledger.asked["kept"], ledger.answered["kept"]) == (True, 1, 1)
    assert not ledger.under_way
    assert not ledger.failures


def test_a_failure_is_kept_with_all_that_is_known_of_it():
    clock = Clock()
    ledger = Ledger(clock)
    ledger.during = "upgrade"
    with ledger.asking("kept") as asking:
        asking.over = Connection()
        clock.now += 3
        raise ConnectionResetError("gone")
    assert not asking.answered
    what = "ConnectionResetError: gone"
    assert ledger.failures == [Failure("kept", "upgrade", 0.0, 3.0, "reset", what, 40_000, 1.0)]


def test_a_fault_of_the_load_itself_is_not_hidden():
    ledger = Ledger(Clock())
    with pytest.raises(ZeroDivisionError), ledger.asking("kept"):
        raise ZeroDivisionError
    assert [failure.seen for failure in ledger.failures] == ["unfinished"]


def failure(seen: Seen = "reset", at_s: float = 5.0, port: int = 40_000, connected_s: float = 1.0) -> Failure:
    return Failure("kept", "kill", 4.0, at_s, seen, "", port, connected_s)


DEATH = Death(7, 4.5, frozenset({40_000}))


def test_a_killed_worker_excuses_what_it_held():
    assert unexplained([failure()], [DEATH]) == []


@pytest.mark.parametrize(
    "other",
    [
        failure(port=40_001),
        failure(port=0),
        failure(at_s=4.4),
        failure(connected_s=4.6),
        failure("refused"),
        failure("wrong"),
        failure("silent"),
    ],
    ids=["another's", "no connection", "before", "a later one", "refused", "wrong", "silent"],
)
def test_it_excuses_nothing_else(other: Failure):
    assert unexplained([other], [DEATH]) == [other]


@given(st.lists(st.sampled_from([None, ConnectionResetError, EOFError, Wrong])))
def test_what_is_asked_is_answered_or_has_failed(ends: list[type[Exception] | None]):
    ledger = Ledger(Clock())
    for end in ends:
        with ledger.asking("kept"):
            if end is not None:
                raise end
    assert ledger.asked["kept"] == len(ends) == ledger.answered["kept"] + len(ledger.failures)
