"""What stores should do: a dictionary whose values have a time, and steps to try on it and on a store alike."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import strategies as st

from kit.clock import FakeClock
from proxy.runtime import NEVER
from wasm_host.functions.stores.integers import LEAST, MOST

FUNCTIONS = ("f", "ff")
KEYS = (b"a", b"a\xff", b"f:a")
VALUES = (b"", b"1", b"-7", b"01", b"%d" % MOST, b"words")
LIVES_S = (100, 200, 300)
STEP_S = 70
"""No number of such steps is a life, so that a slow machine and a clock that ticks on change nothing."""


@dataclass(frozen=True)
class Step:
    """`what` names the call; each takes of the rest what it needs."""

    what: str
    function: str
    key: bytes
    value: bytes
    expected: bytes | None
    ttl_s: int
    by: int


def steps(*calls: str, lives: tuple[int, ...] = LIVES_S) -> st.SearchStrategy[list[Step]]:
    step = st.builds(
        Step,
        st.sampled_from((*calls, "set", "pass", "pass")),
        st.sampled_from(FUNCTIONS),
        st.sampled_from(KEYS),
        st.sampled_from(VALUES),
        st.none() | st.sampled_from(VALUES),
        st.sampled_from(lives),
        st.sampled_from((1, -1, 0, MOST, LEAST)),
    )
    return st.lists(step, min_size=10, max_size=40)


class Model:
    def __init__(self, clock: FakeClock) -> None:
        self._clock = clock
        self._values: dict[tuple[str, bytes], tuple[bytes, float]] = {}

    def get(self, function: str, key: bytes) -> bytes | None:
        value, until = self._values.get((function, key), (None, NEVER))
        return value if until > self._clock() else None

    def set(self, function: str, key: bytes, value: bytes, ttl_s: int) -> None:
        self._values[function, key] = value, self._clock() + ttl_s if ttl_s else NEVER

    def delete(self, function: str, key: bytes) -> bool:
        was_there = self.get(function, key) is not None
        self._values.pop((function, key), None)
        return was_there

    def increment(self, function: str, key: bytes, by: int, ttl_s: int = 0) -> int | str:
        """Return the sum, or `invalid`."""
        value = self.get(function, key)
        if value is None:
            self.set(function, key, b"0", ttl_s)
        stored, until = self._values[function, key]
        if b"%d" % _number(stored) != stored or not LEAST <= _number(stored) + by <= MOST:
            return "invalid"
        self._values[function, key] = b"%d" % (_number(stored) + by), until
        return _number(stored) + by

    def compare_and_set(self, function: str, key: bytes, expected: bytes | None, value: bytes, ttl_s: int) -> bool:
        if self.get(function, key) != expected:
            return False
        self.set(function, key, value, ttl_s)
        return True

    def keys(self, function: str, prefix: bytes) -> list[bytes]:
        mine = (key for its, key in self._values if its == function and key.startswith(prefix))
        return sorted(key for key in mine if self.get(function, key) is not None)


def _number(text: bytes) -> int:
    try:
        return int(text)
    except ValueError:
        return 0
