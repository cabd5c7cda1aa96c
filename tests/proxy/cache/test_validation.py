"""Conditions that ask the origin whether a stored response still holds (RFC 9111 §4.3)."""

import pytest
from kit.received import dated, kept, responding

from proxy.cache.validation import CONDITIONAL, confirms, is_the_same, validators

FRESH = "Cache-Control: max-age=60"


def test_both_validators_are_sent_as_they_came() -> None:
    stored = kept('ETag: W/"a"', dated("Last-Modified", -10))
    assert validators(stored) == [
        (b"if-none-match", b'If-None-Match: W/"a"'),
        (b"if-modified-since", dated("If-Modified-Since", -10).encode()),
    ]
    assert {name for name, _ in validators(stored)} < CONDITIONAL


def test_a_response_without_validators_gives_no_condition() -> None:
    assert validators(kept(FRESH)) == []


@pytest.mark.parametrize(
    ("stored", "answered", "expected"),
    [
        ('ETag: "a"', 'ETag: "a"', True),
        ('ETag: W/"a"', 'ETag: "a"', True),
        ('ETag: "a"', 'ETag: "b"', False),
        ('ETag: "a"', "X: y", True),
        ("X: y", 'ETag: "a"', True),
    ],
)
def test_a_304_with_another_entity_tag_speaks_of_another_response(stored: str, answered: str, expected: bool) -> None:
    assert confirms(kept(FRESH, stored), responding(answered, status=304)) == expected


@pytest.mark.parametrize(
    ("stored", "answered", "expected"),
    [
        ('ETag: "a"', 'ETag: "a"', True),
        ('ETag: "a"', 'ETag: "b"', False),
        ('ETag: W/"a"', 'ETag: W/"a"', False),
        ('ETag: "a"', "X: y", False),
        ("X: y", "X: y", False),
    ],
)
def test_only_a_strong_entity_tag_tells_that_bytes_are_the_same(stored: str, answered: str, expected: bool) -> None:
    assert is_the_same(kept(FRESH, stored), responding(answered)) == expected
    assert not is_the_same(kept(FRESH, stored), responding(answered, status=404))
