"""Tables of values, each once."""

from __future__ import annotations

from filters.waf.interning import Interned, Tables


def test_a_value_keeps_the_index_it_got_first() -> None:
    table: Interned[str] = Interned("z")
    assert [table.index(value) for value in "abaz"] == [1, 2, 1, 0]
    assert table.values == ("z", "a", "b")


def test_the_first_pipeline_is_the_empty_one() -> None:
    assert Tables().pipelines.values == ((),)
