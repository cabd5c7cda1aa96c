"""The client_certificate filter."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from kit.exchanges import make_exchange, make_filter, reason
from kit.identities import identity

from filters.client_certificate import ClientCertificateFilter
from proxy.exchange import Exchange
from proxy.tls.client_certificate import ClientCertificate

ADA = identity("ada", dns=["ada.example.com"], uris=["spiffe://example/people/ada"])
FORGED = [("X-Forwarded-Client-Cert", "Hash=forged"), ("x_forwarded_client_cert", "Hash=forged")]


def shown(certificate: ClientCertificate | None, **how: Any) -> Exchange:
    exchange = make_exchange(scheme="https", **how)
    exchange.client = replace(exchange.client, certificate=certificate)
    return exchange


def status(certificate: ClientCertificate | None, **options: Any) -> int | None:
    answer = make_filter(ClientCertificateFilter, **options).on_request(shown(certificate))
    return None if answer is None else int(answer.status)


def forwarded(exchange: Exchange, **options: Any) -> list[str]:
    assert make_filter(ClientCertificateFilter, **options).on_request(exchange) is None
    return exchange.request.headers.getall("X-Forwarded-Client-Cert")


@pytest.mark.parametrize(("options", "expected"), [({}, 403), ({"require": True}, 403), ({"require": False}, None)])
def test_who_shows_none_is_let_in_only_where_none_is_required(options: dict[str, Any], expected: int | None) -> None:
    assert status(None, **options) == expected


def test_any_certificate_will_do_where_nothing_is_said_of_it() -> None:
    assert status(ADA) is None


@pytest.mark.parametrize(
    ("allow", "let_in"),
    [
        ({"san_dns": ["*.example.com"]}, True),
        ({"san_dns": ["ADA.EXAMPLE.COM"]}, True),
        ({"san_dns": ["bob.example.com"]}, False),
        ({"san_uri": ["spiffe://example/people/*"]}, True),
        ({"san_uri": ["spiffe://example/*"]}, False),
        ({"subject_cn": ["ada"]}, True),
        ({"subject_cn": ["a*"]}, True),
        ({"subject_cn": ["Ada"]}, False),
        ({"fingerprint": [ADA.fingerprint.upper()]}, True),
        ({"fingerprint": ["00" * 32]}, False),
        ({"fingerprint": ["00" * 32], "subject_cn": ["bob", "ada"]}, True),
        ({"san_dns": ["ada"], "san_uri": ["ada"]}, False),
    ],
)
def test_one_pattern_that_fits_lets_in(allow: dict[str, list[str]], let_in: bool) -> None:
    assert status(ADA, allow=allow) == (None if let_in else 403)


def test_a_name_in_the_subject_is_no_alternative_name() -> None:
    assert status(identity("ada.example.com"), allow={"san_dns": ["ada.example.com"]}) == 403


def test_the_allowed_do_not_make_a_certificate_needless() -> None:
    assert status(None, allow={"subject_cn": ["ada"]}) == 403
    assert status(None, allow={"subject_cn": ["ada"]}, require=False) is None


def test_a_certificate_that_cannot_be_read_is_refused() -> None:
    assert status(ClientCertificate(b"garbled"), allow={"subject_cn": ["*"]}) == 403
    assert status(ClientCertificate(b"garbled"), forward={}) == 403


def test_a_refusal_says_why_to_the_operator() -> None:
    filter_ = make_filter(ClientCertificateFilter, allow={"subject_cn": ["bob"]})
    exchange = shown(ADA)
    filter_.on_request(exchange)
    assert (reason(exchange), exchange.decisions[-1].detail) == ("denied", "CN=ada")
    exchange = shown(None)
    filter_.on_request(exchange)
    assert reason(exchange) == "no_certificate"


def test_the_origin_is_told_who_it_is() -> None:
    assert forwarded(shown(ADA), forward={}) == [
        f'Hash={ADA.fingerprint};Subject="CN=ada";URI=spiffe://example/people/ada;DNS=ada.example.com'
    ]


def test_it_may_be_told_less_and_elsewhere() -> None:
    exchange = shown(ADA)
    assert forwarded(exchange, forward={"header": "X-Client", "fields": ["hash"]}) == []
    assert exchange.request.headers["X-Client"] == f"Hash={ADA.fingerprint}"


@pytest.mark.parametrize("options", [{}, {"forward": {}}, {"require": False}, {"require": False, "forward": {}}])
def test_what_a_client_says_of_itself_never_gets_through(options: dict[str, Any]) -> None:
    exchange = shown(ADA if options.get("require", True) else None, fields=FORGED)
    forwarded(exchange, **options)
    assert "forged" not in str(list(exchange.request.headers.items()))


def test_a_field_of_another_name_is_taken_from_the_client_too() -> None:
    exchange = shown(None, fields=[("X_Client", "forged")])
    forwarded(exchange, forward={"header": "X-Client"}, require=False)
    assert list(exchange.request.headers) == []


def test_answers_to_a_forwarded_identity_are_stored_for_it_alone() -> None:
    filter_ = make_filter(ClientCertificateFilter, forward={}, require=False)
    parts = []
    for certificate in (ADA, identity("bob"), None):
        exchange = shown(certificate)
        filter_.on_request(exchange)
        parts.append(exchange.cache.key_parts)
    assert len(set(parts)) == 3
    assert all(parts)


def test_answers_are_everybodys_where_the_origin_does_not_hear_who_asked() -> None:
    exchange = shown(ADA)
    make_filter(ClientCertificateFilter).on_request(exchange)
    assert exchange.chosen_cache is None


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"allow": {}}, "nobody is allowed"),
        ({"allow": {"fingerprint": ["ab"]}}, "not a SHA-256 fingerprint"),
        ({"allow": {"san_dns": [""]}}, "at least 1"),
        ({"forward": {"fields": []}}, "at least 1"),
        ({"forward": {"fields": ["key"]}}, "fields"),
        ({"forward": {"header": "Connection"}}, "belongs to the connection"),
        ({"allowed": {}}, "allowed"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(ClientCertificateFilter, **options)
