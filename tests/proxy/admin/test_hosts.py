"""The names that the admin answers to."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.admin.hosts import is_ours


@pytest.mark.parametrize(
    "authority",
    ["localhost", "LOCALHOST:9901", "127.0.0.1", "192.0.2.1:9901", "[::1]:9901", "[::1]", "admin.example.com.:80", ""],
)
def test_addresses_localhost_and_the_hosts_given_are_ours(authority: str) -> None:
    assert is_ours(authority, {"admin.example.com"})


@pytest.mark.parametrize(
    "authority",
    [
        "attacker.test",
        "attacker.test:9901",
        "127.0.0.1.attacker.test",
        "x.admin.example.com",
        "localhost.test",
        "1",
        "a:b",
    ],
)
def test_other_names_are_not(authority: str) -> None:
    assert not is_ours(authority, {"admin.example.com"})


@given(authority=st.text())
def test_any_text_is_judged(authority: str) -> None:
    assert is_ours(authority, ()) in (True, False)
