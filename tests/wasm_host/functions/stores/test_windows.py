"""Windows of a rate limit."""

from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.stores.windows import MOST_WINDOWS, Windows


def takes(windows: Windows, times: int, now: float, *, key: bytes = b"key", most: int = 3, window_s: int = 10) -> int:
    """Take so many times; return how often there was room."""
    return sum([windows.take(key, most, window_s, now) for _ in range(times)])


def test_a_window_holds_the_most_and_no_more() -> None:
    assert takes(Windows(), 5, 0.0) == 3


def test_a_window_begins_with_the_first_take_and_ends_with_its_length() -> None:
    windows = Windows()
    assert takes(windows, 5, 7.0) == 3
    assert takes(windows, 1, 16.9) == 0
    assert takes(windows, 5, 17.0) == 3


def test_keys_and_lengths_have_windows_of_their_own() -> None:
    windows = Windows()
    takes(windows, 5, 0.0)
    assert takes(windows, 5, 0.0, key=b"other") == 3
    assert takes(windows, 5, 0.0, window_s=60) == 3


def test_where_nothing_may_be_taken_nothing_is() -> None:
    assert takes(Windows(), 2, 0.0, most=0) == 0


def test_the_oldest_window_makes_room() -> None:
    windows = Windows()
    takes(windows, 3, 0.0, key=b"first")
    for number in range(MOST_WINDOWS):
        takes(windows, 3, 1.0, key=b"%d" % number)
    assert takes(windows, 1, 1.0, key=b"%d" % (MOST_WINDOWS - 1)) == 0
    assert takes(windows, 1, 1.0, key=b"first") == 1


@given(st.lists(st.floats(0.0, 4.0), max_size=60), st.integers(1, 4))
def test_twice_the_most_is_all_that_any_stretch_of_a_windows_length_gets(gaps: list[float], most: int) -> None:
    windows, now, taken = Windows(), 0.0, list[float]()
    for gap in gaps:
        now += gap
        if windows.take(b"key", most, 5, now):
            taken.append(now)
    for start in taken:
        assert sum(start <= each < start + 5 for each in taken) <= 2 * most
