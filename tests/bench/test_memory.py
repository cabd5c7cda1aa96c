"""A long body does not stay in memory; `python -m bench.memory` does the same with 1 GiB."""

from __future__ import annotations

import pytest

from bench.memory import MAX_GROWTH_BYTES, MIB, Direction, Growth, grid, measure


@pytest.mark.parametrize("mebibytes", [96, pytest.param(1024, marks=pytest.mark.slow)])
@pytest.mark.parametrize("direction", ["down", "up"])
def test_memory_does_not_grow_with_a_body_for_a_slow_reader(direction: Direction, mebibytes: int):
    growth = measure(direction, mebibytes * MIB)
    assert growth.grown_bytes < MAX_GROWTH_BYTES


def test_the_table_says_how_much_was_grown():
    growth = Growth("down", 1024 * MIB, 60 * MIB, 64 * MIB, 61 * MIB, 17.0)
    assert grid([growth])[1] == ["1024 MiB down", "60.0", "64.0", "61.0", "4.0", "17.0"]
