"""Names that were perhaps meant."""

import pytest

from proxy.admin.near import near


@pytest.mark.parametrize(
    ("name", "known", "tail"),
    [
        ("auht", ["auth", "ab"], "; there is auth"),
        ("zzz", ["b", "a"], "; there is a and b"),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_is_named_or_all(name: str, known: list[str], tail: str) -> None:
    assert near(name, known) == tail
