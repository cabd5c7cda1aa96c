"""What is stored of a response, and what a 304 changes of it (RFC 9111 §3)."""

import math
from typing import Any

import pytest
from kit.received import NOW, PLAIN, URL, dated, kept, passed, responding

from proxy.cache.fields import MOST_TAGS
from proxy.cache.policy import Policy
from proxy.cache.rfc9111 import freshened
from proxy.cache.stored import Stored

LATER = NOW + 100
DATE = dated("Date", 0).encode()


def after(stored: Stored, *lines: str, policy: Policy = PLAIN, **how: Any) -> Stored:
    """Return what a 304 with these fields, received a hundred seconds later, makes of it."""
    return freshened(stored, responding(*lines, status=304), policy, request_time=LATER, response_time=LATER, **how)


# -- of what came (§3, §3.1)


def test_fields_are_stored_as_they_came() -> None:
    lines = [dated("Date", 0), "Content-Type: text/plain", "x-ODD:  a ,b", "Cache-Control: max-age=60", "Link: <a>"]
    assert kept(*lines).lines == [line.encode() for line in lines]


def test_where_it_belongs_is_stored() -> None:
    stored = kept("Cache-Control: max-age=60", status=404)
    assert (stored.key, stored.url, stored.status, stored.status_line) == (f"{URL}  site", URL, 404, None)


@pytest.mark.parametrize(
    "name",
    [
        "Age",
        "Connection",
        "Keep-Alive",
        "Proxy-Authenticate",
        "Proxy-Authentication-Info",
        "Proxy-Authorization",
        "Proxy-Connection",
        "TE",
        "Trailer",
        "Upgrade",
    ],
)
def test_fields_for_the_connection_or_a_proxy_are_not_stored(name: str) -> None:
    assert kept(f"{name}: 1", "Cache-Control: max-age=60", dated("Date", 0)).lines == [
        b"Cache-Control: max-age=60",
        DATE,
    ]


def test_fields_that_qualified_directives_name_are_not_stored() -> None:
    lines = kept('Cache-Control: max-age=60, no-cache="a, B", private=c', "A: 1", "b: 2", "C: 3", "d: 4").lines
    assert b"d: 4" in lines
    assert not {b"A: 1", b"b: 2", b"C: 3"} & set(lines)


def test_targeted_fields_go_on_to_caches_before_us() -> None:
    assert b"CDN-Cache-Control: max-age=60" in kept("CDN-Cache-Control: max-age=60").lines


@pytest.mark.parametrize("lines", [[], ["Date: foo"]], ids=["missing", "invalid"])
def test_a_date_is_written_where_there_is_none(lines: list[str]) -> None:
    assert kept("Cache-Control: max-age=60", *lines).lines == [b"Cache-Control: max-age=60", DATE]


def test_validators_are_kept_apart() -> None:
    stored = kept('ETag: W/"a"', dated("Last-Modified", -10))
    assert (stored.etag, stored.last_modified) == (b'W/"a"', dated("", -10).removeprefix(": ").encode())


def test_tags_are_kept_apart() -> None:
    assert kept("Cache-Control: max-age=60", "Surrogate-Key: b a", "Cache-Tag: c").tags == ("a", "b", "c")


def test_a_response_with_more_tags_than_are_kept_is_not_stored() -> None:
    many = " ".join(map(str, range(MOST_TAGS + 1)))
    assert passed("Cache-Control: max-age=60", f"Surrogate-Key: {many}") == "tags"


def test_what_neither_is_fresh_nor_can_be_validated_is_not_stored() -> None:
    assert passed() == "no_lifetime"
    assert passed("Cache-Control: no-cache, max-age=60") == "no_cache"
    assert passed("Cache-Control: max-age=0") == "not_fresh"
    assert passed("Cache-Control: max-age=60", "Age: 60") == "not_fresh"
    assert passed("Expires: 0") == "not_fresh"


def test_a_filter_gives_a_lifetime_to_what_has_none() -> None:
    assert kept(ttl_s=60.0).fresh_until == NOW + 60


# -- of what was found unchanged (§3.2)


def test_a_304_updates_fields_and_leaves_those_it_does_not_mention() -> None:
    stored = kept("Cache-Control: max-age=1", 'ETag: "a"', "A: 1", "A: 2", "B: 3")
    changed = after(stored, 'etag: "a"', "a: 4", "C: 5", dated("Date", 100))
    assert changed.lines == [
        b"Cache-Control: max-age=1",
        b"B: 3",
        b'etag: "a"',
        b"a: 4",
        b"C: 5",
        dated("Date", 100).encode(),
    ]


@pytest.mark.parametrize("name", ["Content-Length", "Content-Encoding", "Content-Range", "Age", "Proxy-Authenticate"])
def test_a_304_changes_nothing_that_belongs_to_the_content(name: str) -> None:
    stored = kept("Cache-Control: max-age=1", 'ETag: "a"', "Content-Encoding: gzip", dated("Date", 0))
    assert after(stored, f"{name}: 1", dated("Date", 0)).lines == stored.lines


@pytest.mark.parametrize("name", ["Content-Type", "Content-Location", "Content-Foo", "X-Foo", "Expires", "ETag"])
def test_a_304_changes_everything_else(name: str) -> None:
    stored = kept("Cache-Control: max-age=1", 'ETag: "a"', f"{name}: 1")
    assert f"{name}: 2".encode() in after(stored, f"{name}: 2").lines


def test_the_body_and_where_it_belongs_stay() -> None:
    stored = kept("Cache-Control: max-age=1", 'ETag: "a"', "Vary: Foo")
    stored.body, stored.head, stored.generation = b"body", b"head", 7
    changed = after(stored)
    assert (changed.body, changed.head, changed.generation) == (b"body", b"", 7)
    assert (changed.key, changed.vary, changed.variant) == (stored.key, (b"foo",), (None,))
    assert changed is not stored


def test_times_begin_anew() -> None:
    stored = kept("Cache-Control: max-age=60", 'ETag: "a"', "Age: 50", dated("Date", 0))
    changed = after(stored)
    assert (changed.born, changed.fresh_until) == (LATER, LATER + 60)
    assert changed.lines[-1] == dated("Date", 100).encode()
    assert changed.keep_until == LATER + 60 + PLAIN.keep_s


def test_the_age_of_the_304_counts() -> None:
    assert after(kept("Cache-Control: max-age=60", 'ETag: "a"'), "Age: 10").fresh_until == LATER + 50


def test_the_lifetime_of_the_304_counts() -> None:
    stored = kept("Cache-Control: max-age=60", 'ETag: "a"')
    assert after(stored, "Cache-Control: max-age=5").fresh_until == LATER + 5
    assert after(stored, "Cache-Control: no-cache").fresh_until == -math.inf
    assert after(stored, ttl_s=7.0).fresh_until == LATER + 7


def test_tags_follow_the_fields() -> None:
    assert after(kept('ETag: "a"', "Surrogate-Key: a"), "Surrogate-Key: b").tags == ("b",)
    assert after(kept('ETag: "a"', "Surrogate-Key: a")).tags == ("a",)


@pytest.mark.parametrize(
    "line",
    [
        "Cache-Control: private, max-age=60",
        "Cache-Control: no-store",
        "CDN-Cache-Control: private",
        "Vary: *",
        "Vary: Bar",
        "Cache-Tag: " + "x" * 2000,
    ],
)
def test_what_a_304_withdraws_is_worth_nothing_any_more(line: str) -> None:
    changed = after(kept("Cache-Control: max-age=60", 'ETag: "a"', "Vary: Foo"), line)
    assert changed.must_revalidate
    assert (changed.fresh_until, changed.keep_until) == (-math.inf, LATER)


def test_the_cookie_of_a_304_is_for_the_client_that_asked() -> None:
    stored = kept("Cache-Control: max-age=60", 'ETag: "a"')
    assert b"Set-Cookie: a=b" not in after(stored, "Set-Cookie: a=b").lines
    assert b"Set-Cookie: a=b" in after(stored, "Set-Cookie: a=b", "Cache-Control: s-maxage=60").lines
    assert b"Set-Cookie: a=b" in after(stored, "Set-Cookie: a=b", policy=Policy(set_cookie="store")).lines


def test_the_cookie_of_all_is_dropped_when_a_304_says_that_it_is_for_all_no_longer() -> None:
    stored = kept("Cache-Control: public, max-age=60", 'ETag: "a"', "Set-Cookie: a=b")
    assert b"Set-Cookie: a=b" in after(stored).lines
    assert b"Set-Cookie: a=b" not in after(stored, "Cache-Control: max-age=60").lines


def test_a_304_withdraws_a_status_that_is_not_understood() -> None:
    changed = after(kept("Cache-Control: max-age=60", status=299), "Cache-Control: must-understand, max-age=60")
    assert changed.keep_until == LATER
