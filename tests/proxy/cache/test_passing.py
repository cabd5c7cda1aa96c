"""What is remembered of keys whose answers proved uncacheable."""

import tracemalloc

from proxy.cache.passing import MOST_KEYS, Passing


def test_a_key_is_remembered_for_its_time() -> None:
    passing = Passing()
    passing.remember("key", 10.0)
    assert passing.includes("key", 9.9)
    assert not passing.includes("key", 10.0)
    assert not passing.includes("other", 0.0)


def test_a_key_may_be_forgotten_before() -> None:
    passing = Passing()
    passing.remember("key", 10.0)
    passing.forget("key")
    passing.forget("other")
    assert not passing.includes("key", 0.0)


def test_all_may_be_forgotten() -> None:
    passing = Passing()
    passing.remember("key", 10.0)
    passing.clear()
    assert not passing.includes("key", 0.0)


def test_of_too_many_keys_the_one_that_came_first_is_forgotten() -> None:
    passing = Passing()
    passing.remember("first", 10.0)
    passing.remember("second", 10.0)
    passing.remember("first", 10.0)
    for number in range(MOST_KEYS - 1):
        passing.remember(str(number), 10.0)
    assert passing.includes("first", 0.0)
    assert not passing.includes("second", 0.0)


def test_it_takes_no_more_memory_for_longer_keys() -> None:
    tracemalloc.start()
    try:
        passing = Passing()
        for number in range(2_000):
            passing.remember(f"{number}{'x' * 8_000}", 10.0)
        assert tracemalloc.get_traced_memory()[0] < 1_000_000
    finally:
        tracemalloc.stop()
