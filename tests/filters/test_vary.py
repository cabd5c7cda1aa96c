"""The Vary field."""

import pytest

from filters.vary import add_vary
from proxy.messages import Headers


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], ["Origin"]),
        (["Accept"], ["Accept", "Origin"]),
        (["Accept, origin"], ["Accept, origin"]),
        (["Accept", "ORIGIN"], ["Accept", "ORIGIN"]),
        (["*"], ["*"]),
        (["Origin-Trial"], ["Origin-Trial", "Origin"]),
    ],
)
def test_a_field_is_named_once(before: list[str], after: list[str]) -> None:
    headers = Headers.of([("Vary", value) for value in before])
    add_vary(headers, "Origin")
    assert headers.getall("Vary") == after
