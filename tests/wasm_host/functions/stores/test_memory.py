"""What one worker's memory holds, and lets go."""

from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.stores.memory import LARGEST_SHARE, OVERHEAD_BYTES, Memory

LIMIT = 20 * OVERHEAD_BYTES


def value_of(memory: Memory, key: bytes, now: float = 0.0) -> bytes | None:
    entry = memory.find(key, now)
    return None if entry is None else entry.value


def test_a_value_is_found_until_its_time_is_over() -> None:
    memory = Memory(LIMIT)
    memory.put(b"key", b"value", 10.0)
    assert value_of(memory, b"key", 9.9) == b"value"
    assert value_of(memory, b"key", 10.0) is None
    assert memory.size_bytes == 0


def test_a_value_takes_the_place_of_the_one_before() -> None:
    memory = Memory(LIMIT)
    memory.put(b"key", b"old", 10.0)
    memory.put(b"key", b"new", 10.0)
    assert value_of(memory, b"key") == b"new"
    assert memory.size_bytes == OVERHEAD_BYTES + 6


def test_a_value_that_is_too_large_is_not_held_and_neither_is_the_one_before() -> None:
    memory = Memory(LIMIT)
    memory.put(b"key", b"small", 10.0)
    memory.put(b"key", bytes(LIMIT // LARGEST_SHARE), 10.0)
    assert value_of(memory, b"key") is None
    assert memory.size_bytes == 0


def test_what_is_dropped_is_gone() -> None:
    memory = Memory(LIMIT)
    memory.put(b"key", b"value", 10.0)
    assert memory.drop(b"key", 0.0)
    assert not memory.drop(b"key", 0.0)
    assert value_of(memory, b"key") is None


def test_dropping_what_is_over_finds_nothing() -> None:
    memory = Memory(LIMIT)
    memory.put(b"key", b"value", 10.0)
    assert not memory.drop(b"key", 10.0)


def test_what_is_used_stays_when_many_others_pass_through() -> None:
    memory = Memory(LIMIT)
    memory.put(b"used", b"", 10.0)
    for number in range(1000):
        assert value_of(memory, b"used") == b""
        memory.put(b"%d" % number, b"", 10.0)


def test_without_a_byte_nothing_is_held() -> None:
    memory = Memory(0)
    memory.put(b"key", b"", 10.0)
    assert value_of(memory, b"key") is None


STEPS = st.tuples(
    st.sampled_from(["put", "find", "drop"]), st.integers(0, 60), st.sampled_from([0, 100, 400, 1000, 9000])
)


@given(st.lists(STEPS, max_size=200))
def test_it_never_holds_more_than_its_limit_nor_anything_wrong(steps: list[tuple[str, int, int]]) -> None:
    memory, model = Memory(LIMIT), dict[bytes, bytes]()
    for now, (what, number, size) in enumerate(steps):
        key, value = b"%d" % number, bytes([now % 256]) * size
        if what == "put":
            memory.put(key, value, now + 30.0)
            model[key] = value
        elif what == "drop":
            memory.drop(key, now)
            model.pop(key, None)
        else:
            assert value_of(memory, key, now) in (None, model.get(key))
        assert memory.size_bytes <= LIMIT
