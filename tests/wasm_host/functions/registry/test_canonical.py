"""One spelling for each value."""

import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.registry.canonical import canonical

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(VALUES)
def test_it_is_json_of_the_same_value(value: object) -> None:
    try:
        assert json.loads(canonical(value)) == value
    except UnicodeEncodeError:  # Half a surrogate pair.
        assert "\\ud" in json.dumps(value)


@given(st.dictionaries(st.text(), st.integers()))
def test_the_order_of_keys_does_not_matter(value: dict[str, int]) -> None:
    def spelled(pairs: object) -> object:
        try:
            return canonical(dict(pairs))  # type: ignore[call-overload]
        except UnicodeEncodeError:
            return None

    assert spelled(value.items()) == spelled(reversed(value.items()))


def test_it_has_no_blanks_and_is_utf8() -> None:
    assert canonical({"b": [1, "é"], "a": None}) == '{"a":null,"b":[1,"é"]}'.encode()


@pytest.mark.parametrize("value", [math.inf, math.nan, {"a": "\ud800"}, {1, 2}, b"bytes"])
def test_what_is_no_json_is_refused(value: object) -> None:
    with pytest.raises(ValueError):  # noqa: PT011 - json has its own words
        canonical(value)


def test_what_is_nested_too_deep_is_refused() -> None:
    deep: list[object] = []
    for _ in range(100_000):
        deep = [deep]
    with pytest.raises(ValueError, match="no JSON"):
        canonical(deep)
