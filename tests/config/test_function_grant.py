"""What is to be written into the configuration after a refusal."""

from __future__ import annotations

from typing import Any

import pytest
import yaml

from config.function_grant import grant

ASKED = {"allow": {"kv": {"prefix": "a:"}, "secrets": ["KEY"]}, "limits": {"cpu": "80ms"}}


@pytest.mark.parametrize(
    ("refusal", "granted"),
    [
        ("add 'functions.named.hello.allow.kv' to the configuration", {"allow": {"kv": {"prefix": "a:"}}}),
        ("add 'functions.named.hello.limits.cpu' to it", {"limits": {"cpu": "80ms"}}),
        (
            "'…allow.kv', '…limits.cpu' and '…allow.kv'",
            {"allow": {"kv": {"prefix": "a:"}}, "limits": {"cpu": "80ms"}},
        ),
        ("allow.secrets", {"allow": {"secrets": ["KEY"]}, "secrets": {"KEY": "${KEY}"}}),
        ("it imports env.cache_get, which needs `allow.cache`", {"allow": {"cache": True}}),
        ("it imports env.http_get: `allow.http`", {"allow": {"http": {"hosts": ["api.example.com"]}}}),
    ],
)
def test_the_keys_that_are_named_are_granted_as_the_function_has_them(refusal: str, granted: dict[str, Any]) -> None:
    assert yaml.safe_load(grant("hello", ASKED, refusal)) == {"functions": {"named": {"hello": granted}}}


@pytest.mark.parametrize("refusal", ["it is too large", "this is not allowed.", "disallow.kv"])
def test_a_refusal_for_another_reason_needs_no_grant(refusal: str) -> None:
    assert grant("hello", ASKED, refusal) == ""


def test_nothing_is_known_of_a_function_without_words() -> None:
    assert "kv: true" in grant("hello", {"allow": None}, "`allow.kv`")
