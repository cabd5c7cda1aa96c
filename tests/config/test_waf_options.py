"""What a `waf` filter's options may be, and what its guest is told of them."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from config.waf_options import WafOptions, parse_rules, parse_target
from wasm_host.limits import GuestLimits

KIB, MIB = 1024, 1024 * 1024
CAPS = {"inspect": True, "body": 128 * KIB, "arguments": 1000, "depth": 64, "overflow": "reject"}


def options(**given: Any) -> WafOptions:
    return WafOptions.model_validate(given)


def settings(**given: Any) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(options(**given).settings())
    return told


def test_what_is_left_out_protects_at_once() -> None:
    assert options().rules == "builtin"
    assert options().audit_log is None
    assert settings() == {
        "mode": "enforce",
        "paranoia": 1,
        "thresholds": {"inbound": 5, "outbound": 4},
        "variables": {},
        "exclusions": [],
        "request": CAPS,
        "response": {
            "inspect": True,
            "body": 512 * KIB,
            "types": ["text/html", "text/plain", "text/xml", "application/json"],
            "overflow": "pass",
        },
        "report": {"matched": 80},
    }


def test_every_option_that_is_the_guests_reaches_it() -> None:
    given = {
        "mode": "detect",
        "paranoia": 3,
        "thresholds": {"inbound": 10, "outbound": 8},
        "variables": {"Allowed_Methods": "GET ÄH", "max_num_args": 255},
        "exclusions": [
            {"rules": [942100, "942200 - 942299"], "tags": ["attack-sqli"], "targets": ["args:Password", "XML:/*"]}
        ],
        "request": {"inspect": False, "body": "1MiB", "arguments": 7, "depth": 8, "overflow": "pass"},
        "response": {"inspect": False, "body": "1KiB", "types": ["Text/HTML"], "overflow": "reject"},
        "report": {"matched": 0},
    }
    assert settings(**given) == {
        "mode": "detect",
        "paranoia": 3,
        "thresholds": {"inbound": 10, "outbound": 8},
        "variables": {"allowed_methods": "GET ÄH", "max_num_args": "255"},
        "exclusions": [
            {"rules": ["942100", "942200-942299"], "tags": ["attack-sqli"], "targets": ["ARGS:Password", "XML:/*"]}
        ],
        "request": {"inspect": False, "body": MIB, "arguments": 7, "depth": 8, "overflow": "pass"},
        "response": {"inspect": False, "body": KIB, "types": ["text/html"], "overflow": "reject"},
        "report": {"matched": 0},
    }


def test_limits_are_the_hosts() -> None:
    limits = {"memory": "32MiB", "start_time": "3s", "call_time": "1s", "request_time": "2s", "body": "3KiB"}
    assert options(limits=limits).limits.of_guests() == GuestLimits(
        memory_bytes=32 * MIB, start_time_s=3.0, call_time_s=1.0, request_time_s=2.0, body_bytes=3 * KIB
    )
    assert options().limits.of_guests().on_body_overflow == "reject"


@pytest.mark.parametrize(
    ("given", "why"),
    [
        ({"mode": "off"}, "'enforce' or 'detect'"),
        ({"paranoia": 5}, "less than or equal to 4"),
        ({"paranoia": "2"}, "valid integer"),
        ({"thresholds": {"inbound": 0}}, "greater than or equal to 1"),
        ({"variables": {"a b": "1"}}, "no name of a variable"),
        ({"variables": {"a": True}}, "neither a text nor a whole number"),
        ({"variables": {"a": 1.5}}, "neither a text nor a whole number"),
        ({"variables": {"blocking_paranoia_level": 2}}, "an option of its own: paranoia"),
        ({"variables": {"INBOUND_anomaly_score_threshold": 2}}, "an option of its own: thresholds"),
        ({"exclusions": [{}]}, "excludes nothing"),
        ({"exclusions": [{"rules": ["x"]}]}, "no rule's id"),
        ({"exclusions": [{"rules": [True]}]}, "no rule's id"),
        ({"exclusions": [{"rules": ["1-4294967296"]}]}, "ids end at 4294967295"),
        ({"exclusions": [{"rules": ["9-3"]}]}, "did you mean '3-9'"),
        ({"exclusions": [{"targets": ["ARG:id"]}]}, "no target 'ARG'; did you mean 'ARGS'"),
        ({"exclusions": [{"targets": ["REQUEST_METHOD:x"]}]}, "names no member of REQUEST_METHOD"),
        ({"exclusions": [{"targets": ["MULTIPART_LF_LINE"]}]}, "no target 'MULTIPART_LF_LINE'"),
        ({"exclusions": [{"targets": ["ARGS:"]}]}, "names no member of ARGS"),
        ({"exclusions": [{"targets": [7]}]}, "no target"),
        ({"request": {"overflow": "truncate"}}, "'reject' or 'pass'"),
        ({"request": {"body": "2GiB"}}, "less than or equal to"),
        ({"response": {"types": []}}, "at least 1 item"),
        ({"request": {"arguments": 0}}, "greater than or equal to 1"),
        ({"response": {"types": ["html"]}}, "no media type"),
        ({"response": {"types": ["text/html; charset=utf-8"]}}, "no media type"),
        ({"report": {"matched": 257}}, "less than or equal to 256"),
        ({"limits": {"instances": 3}}, "Extra inputs"),
        ({"module": "x.wasm"}, "Extra inputs"),
    ],
)
def test_what_cannot_be_meant_is_refused(given: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        options(**given)


@given(st.integers(0, 10**9), st.integers(0, 10**9))
def test_a_range_of_rules_is_one_where_it_goes_up(one: int, other: int) -> None:
    first, last = sorted((one, other))
    assert parse_rules(f"{first}-{last}") == f"{first}-{last}"
    assert parse_rules(first) == str(first)


@given(st.text(min_size=1))
def test_any_member_may_be_a_target(member: str) -> None:
    assert parse_target(f"request_cookies:{member}") == f"REQUEST_COOKIES:{member}"
