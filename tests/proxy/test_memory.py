"""Memories answer as the function does, and stay small whatever they are asked."""

from hypothesis import given
from hypothesis import strategies as st

from proxy.memory import Memory


@given(st.lists(st.binary(max_size=6)))
def test_a_memory_answers_as_its_function_and_keeps_its_bounds(keys: list[bytes]) -> None:
    memory = Memory(bytes.upper, limit=3, longest=4)
    for key in keys:
        assert memory[key] == key.upper()
        assert len(memory) <= 3
        assert all(len(kept) <= 4 for kept in memory)


def test_what_was_asked_before_is_not_made_again() -> None:
    made: list[bytes] = []

    def make(key: bytes) -> int:
        made.append(key)
        return len(key)

    memory = Memory(make, limit=8, longest=8)
    assert [memory[b"a"], memory[b"a"]] == [1, 1]
    assert made == [b"a"]


def test_a_failure_is_not_remembered() -> None:
    memory = Memory(int, limit=8, longest=8)
    for _ in range(2):
        try:
            memory["x"]
        except ValueError:
            continue
        raise AssertionError("no failure")
    assert not memory
