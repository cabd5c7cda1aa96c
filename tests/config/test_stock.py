"""What the next graph keeps of the one before."""

from __future__ import annotations

from config.stock import Stock

KEY = ("upstream", "api")


def test_what_would_be_made_of_the_same_is_kept() -> None:
    first = Stock()
    made = first.part(KEY, "settings", object)
    assert Stock(first).part(KEY, "settings", object) is made


def test_what_is_made_of_something_else_is_new() -> None:
    first = Stock()
    made = first.part(KEY, "settings", object)
    assert Stock(first).part(KEY, "other settings", object) is not made


def test_what_is_called_otherwise_is_new() -> None:
    first = Stock()
    made = first.part(KEY, "settings", object)
    assert Stock(first).part(("cache", "api"), "settings", object) is not made


def test_a_part_is_kept_once_and_its_likes_in_their_order() -> None:
    first = Stock()
    made = [first.part(KEY, "settings", object) for _ in range(2)]
    second = Stock(first)
    kept = [second.part(KEY, "settings", object) for _ in range(3)]
    assert kept[:2] == made
    assert kept[2] not in made


def test_a_build_that_fails_has_taken_nothing() -> None:
    first = Stock()
    made = first.part(KEY, "settings", object)
    Stock(first).part(KEY, "settings", object)
    assert Stock(first).part(KEY, "settings", object) is made


def test_a_part_may_be_chosen_by_who_makes_it() -> None:
    first = Stock()
    one, two = (first.enter(KEY, None, object()) for _ in range(2))
    second = Stock(first)
    assert second.former(KEY) == [one, two]
    second.enter(KEY, None, two)
    assert second.former(KEY) == [one]


def test_a_sealed_stock_knows_only_its_own_graph() -> None:
    first = Stock()
    first.part(KEY, "settings", object)
    second = Stock(first)
    second.seal()
    assert second.former(KEY) == []
    assert Stock(second).former(KEY) == []
