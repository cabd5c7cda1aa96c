"""Paths, as error messages spell them."""

from __future__ import annotations

import pytest

from config.paths import Path, at, walk


@pytest.mark.parametrize(
    ("steps", "spelled"),
    [
        ((), ""),
        (("routes", 2, "filters", 0), "routes[2].filters[0]"),
        (("filters", "my-waf", "on_error"), "filters.my-waf.on_error"),
        (("filters", "a.b"), 'filters["a.b"]'),
        (("a", 'x": y\n'), 'a["x\\": y\\n"]'),
    ],
)
def test_a_path_is_spelled(steps: tuple[str | int, ...], spelled: str) -> None:
    assert Path(steps).spelled() == spelled


def test_a_path_grows_and_is_cut() -> None:
    path = Path() / "a" / 1
    assert path == ("a", 1)
    assert path[:-1] == Path(("a",))
    assert isinstance(path[:-1], Path)
    assert path[0] == "a"


def test_a_walk_meets_every_value_where_it_stands() -> None:
    tree = {"a": [1, {"b": 2}]}
    assert all(at(tree, path) == value for path, value in walk(tree))
    assert [path.spelled() for path, _ in walk(tree)] == ["", "a", "a[0]", "a[1]", "a[1].b"]
