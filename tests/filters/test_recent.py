"""The bounded memory."""

from hypothesis import given
from hypothesis import strategies as st

from filters.recent import Recent


@given(st.lists(st.tuples(st.integers(0, 4), st.floats(0, 15)), max_size=60))
def test_what_was_put_within_a_lifetime_is_there(steps: list[tuple[int, float]]) -> None:
    recent: Recent[int, float] = Recent(100, 10)
    put: dict[int, float] = {}
    now = 1000.0
    for key, pause in steps:
        now += pause
        recent.put(key, now, now)
        put[key] = now
        for each, at in put.items():
            if now - at < 10:
                assert recent.get(each) == at
            if now - at >= 20:
                assert recent.get(each) is None


def test_it_never_holds_more_than_twice_its_capacity() -> None:
    recent: Recent[int, int] = Recent(10, 60)
    for number in range(1000):
        recent.put(number, number, 1000.0)
        assert len(recent) <= 20


def test_a_flood_of_keys_forgets_the_oldest_first() -> None:
    recent: Recent[str, int] = Recent(10, 60)
    recent.put("old", 1, 1000.0)
    for number in range(30):
        recent.put("busy", 2, 1000.0)
        recent.put(str(number), 3, 1000.0)
    assert (recent.get("old"), recent.get("busy")) == (None, 2)


def test_a_lifetime_of_nothing_keeps_only_the_last() -> None:
    recent: Recent[str, int] = Recent(10, 0)
    recent.put("a", 1, 1000.0)
    recent.put("b", 2, 1000.0)
    assert (recent.get("a"), recent.get("b")) == (None, 2)
