"""Subjects of certificates in printable ASCII."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from proxy.tls.subject import printable


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("CN=ada,O=Example", "CN=ada,O=Example"),
        (r"CN=a\,b", r"CN=a\,b"),
        ("CN=Zoë", r"CN=Zo\C3\AB"),
        ("CN=a\r\n", r"CN=a\0D\0A"),
        ("CN=𝔞", r"CN=\F0\9D\94\9E"),
    ],
)
def test_what_is_not_printable_is_written_as_bytes(subject: str, expected: str) -> None:
    assert printable(subject) == expected


@settings(deadline=None)
@given(st.text(st.characters(codec="utf-8")))
def test_every_subject_becomes_printable(subject: str) -> None:
    assert printable(subject).isascii()
    assert not set(printable(subject)) & set(map(chr, range(32)))
