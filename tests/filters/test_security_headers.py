"""The security_headers filter."""

from __future__ import annotations

from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, make_response, run
from pydantic import ValidationError

from filters.respond import RespondFilter
from filters.security_headers import SecurityHeadersFilter

CAREFUL = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "SAMEORIGIN",
    "Referrer-Policy": "strict-origin-when-cross-origin",
}
POLICY = "Content-Security-Policy"


def answered(fields: dict[str, str] | None = None, *, scheme: str = "http", **options: Any) -> dict[str, str]:
    response = make_response(fields=list((fields or {}).items()))
    make_filter(SecurityHeadersFilter, **options).on_response(make_exchange(scheme=scheme), response)
    names = list(response.headers)
    assert len(names) == len(set(names))
    return dict(response.headers.items())


def policies(origins: str | None, **options: Any) -> list[str]:
    response = make_response(fields=[] if origins is None else [(POLICY, origins)])
    make_filter(SecurityHeadersFilter, **options).on_response(make_exchange(), response)
    return response.headers.getall(POLICY)


def test_the_defaults_are_what_breaks_no_ordinary_site() -> None:
    assert answered() == CAREFUL


def test_over_tls_browsers_are_told_to_keep_to_it() -> None:
    assert answered(scheme="https") == CAREFUL | {"Strict-Transport-Security": "max-age=31536000"}


@pytest.mark.parametrize(
    ("hsts", "value"),
    [
        ({"max_age": "5m"}, "max-age=300"),
        ({"max_age": 0}, "max-age=0"),
        ({"include_subdomains": True}, "max-age=31536000; includeSubDomains"),
        (
            {"max_age": "17520h", "include_subdomains": True, "preload": True},
            "max-age=63072000; includeSubDomains; preload",
        ),
    ],
)
def test_hsts_is_as_told(hsts: dict[str, Any], value: str) -> None:
    assert answered(scheme="https", hsts=hsts)["Strict-Transport-Security"] == value


def test_what_is_turned_off_is_not_sent() -> None:
    off = {"hsts": False, "content_type_options": False, "frames": "any", "referrer_policy": False}
    assert answered(scheme="https", **off) == {}


def test_what_is_asked_for_is_sent() -> None:
    asked = {
        "frames": "deny",
        "referrer_policy": "no-referrer",
        "permissions_policy": "camera=(), microphone=()",
        "cross_origin_opener_policy": "same-origin",
        "cross_origin_resource_policy": "same-site",
        "content_security_policy": "default-src 'self'",
    }
    assert answered(**asked) == {
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Permissions-Policy": "camera=(), microphone=()",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-site",
        "Content-Security-Policy": "default-src 'self'",
    }


def test_an_origin_that_speaks_for_itself_is_left_alone() -> None:
    own = {"x-frame-options": "DENY", "Referrer-Policy": "no-referrer"}
    assert answered(own) == own | {"X-Content-Type-Options": "nosniff"}


def test_unless_it_is_to_be_overridden() -> None:
    assert answered({"x-frame-options": "ALLOWALL", "Referrer-Policy": "unsafe-url"}, override=True) == CAREFUL


def test_an_origins_own_hsts_is_left_alone_over_plain_http() -> None:
    own = {"Strict-Transport-Security": "max-age=1"}
    assert answered(own, override=True) == own | CAREFUL


def test_sites_that_may_frame_are_named_in_a_policy_and_not_in_the_older_field() -> None:
    fields = answered(frame_ancestors=["'self'", "https://*.example.com"])
    assert fields[POLICY] == "frame-ancestors 'self' https://*.example.com"
    assert "X-Frame-Options" not in fields


def test_they_join_a_policy_that_is_given() -> None:
    given = {"content_security_policy": "default-src 'self';", "frame_ancestors": ["https://a.test"]}
    assert policies(None, **given) == ["default-src 'self'; frame-ancestors https://a.test"]


def test_they_stand_beside_the_origins_policy_which_loses_nothing() -> None:
    assert policies("default-src 'self'", frame_ancestors=["https://a.test"]) == [
        "default-src 'self'",
        "frame-ancestors https://a.test",
    ]


@pytest.mark.parametrize(("override", "count"), [(False, 1), (True, 2)])
def test_an_origin_that_names_them_itself_is_left_alone_unless_overridden(override: bool, count: int) -> None:
    own = "default-src 'self'; Frame-Ancestors 'none'"
    assert len(policies(own, frame_ancestors=["https://a.test"], override=override)) == count


def test_the_software_is_hidden_if_asked() -> None:
    talkative = {"Server": "Apache/2.4", "X-Powered-By": "PHP/8", "X-AspNet-Version": "4", "X-AspNetMvc-Version": "5"}
    assert answered(talkative) == talkative | CAREFUL
    assert answered(talkative, hide_software=True) == CAREFUL


async def test_answers_of_other_filters_get_them_too() -> None:
    first = make_filter(SecurityHeadersFilter)
    refusal = make_filter(RespondFilter, status=403)
    final = await run(make_exchange(), make_response(), first, refusal)
    assert (final.status, final.headers["X-Content-Type-Options"]) == (403, "nosniff")


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"hsts": {"preload": True}}, "preload needs include_subdomains"),
        ({"hsts": {"preload": True, "include_subdomains": True, "max_age": "24h"}}, "a year, 8760h"),
        ({"hsts": {"max_age": "soon"}}, "not a duration"),
        ({"hsts": True}, "False"),
        ({"frames": "some"}, "frames"),
        ({"referrer_policy": "never"}, "referrer_policy"),
        ({"referrer_policy": True}, "referrer_policy"),
        ({"frame_ancestors": ["a b"]}, "not a source"),
        ({"frame_ancestors": ["https://a.test; script-src *"]}, "not a source"),
        ({"frame_ancestors": ["https://a.test,"]}, "not a source"),
        (
            {"frame_ancestors": ["'self'"], "content_security_policy": "Frame-Ancestors 'none'"},
            "either by themselves or",
        ),
        ({"content_security_policy": "a\r\nX: y"}, "content_security_policy"),
        ({"permissions_policy": ""}, "at least 1"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(SecurityHeadersFilter, **options)


def test_a_slip_in_hsts_is_told_once() -> None:
    with pytest.raises(ValidationError) as told:
        make_filter(SecurityHeadersFilter, hsts={"max_age": "soon"})
    assert told.value.error_count() == 1
