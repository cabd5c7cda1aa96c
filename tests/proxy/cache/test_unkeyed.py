"""Which fields of one client's request never shape the answer to all."""

import pytest

from proxy.cache.key import KeyRules
from proxy.cache.unkeyed import UNKEYED, strip_unkeyed
from proxy.forwarded import extended_fields, fresh_fields
from proxy.messages import Headers, Request

PLAIN = KeyRules()


def left(*lines: bytes, rules: KeyRules = PLAIN) -> list[bytes]:
    request = Request("GET", "/", None, Headers(list(lines)), "http", "example.com", "example.com")
    strip_unkeyed(request, rules)
    return request.headers.lines


@pytest.mark.parametrize("name", sorted(UNKEYED))
def test_a_field_that_origins_heed_and_no_key_holds_is_taken_out(name: bytes) -> None:
    assert left(b"Accept: */*", name.title() + b": evil", name + b": twice") == [b"Accept: */*"]


@pytest.mark.parametrize("alias", [b"X_Host", b"X-Original_URL", b"x_http_method_override"])
def test_an_alias_that_cgi_takes_for_such_a_field_is_taken_out_too(alias: bytes) -> None:
    assert left(alias + b": evil") == []


def test_an_alias_of_a_keyed_field_is_taken_out_for_it_is_not_what_is_keyed() -> None:
    rules = KeyRules(headers=("x-site", "x_group"))
    assert left(b"X_Site: evil", b"X-Site: a", b"X_Group: b", rules=rules) == [b"X-Site: a", b"X_Group: b"]


def test_an_underscore_alone_is_no_reason() -> None:
    assert left(b"api_key: secret") == [b"api_key: secret"]


def test_a_field_that_the_route_keys_stays() -> None:
    rules = KeyRules(headers=("x-host", "x-forwarded-host"))
    lines = [b"X-Host: a", b"X-Forwarded-Host: b"]
    assert left(*lines, rules=rules) == lines


def test_what_the_proxy_writes_for_its_own_client_stays() -> None:
    own = fresh_fields("192.0.2.1", "http", "example.com", "1.1 penstock")
    assert left(*own) == own


def test_the_host_that_a_trusted_hop_spoke_for_is_taken_out_as_the_key_has_another() -> None:
    said = [b"X-Forwarded-Host: evil.example"]
    fields = extended_fields(said, "192.0.2.1", "http", "example.com", "1.1 penstock")
    assert b"evil" not in b"".join(left(*fields))
    assert b"X-Forwarded-For: 192.0.2.1" in left(*fields)


def test_what_a_trusted_hop_forwards_of_other_hosts_is_taken_out() -> None:
    said = [b"Forwarded: for=198.51.100.7;host=evil.example"]
    fields = extended_fields(said, "192.0.2.1", "http", "example.com", "1.1 penstock")
    kept = left(*fields)
    assert b"evil" not in b"".join(kept)
    assert b"X-Forwarded-Host: example.com" in kept


def test_a_scheme_that_is_not_the_key_s_is_taken_out() -> None:
    assert left(b"X-Forwarded-Proto: https") == []


def test_other_fields_stay() -> None:
    lines = [b"Accept: */*", b"Cookie: a=1", b"X-Request-Id: 7", b"X-Forwarded-For: 192.0.2.1"]
    assert left(*lines) == lines
