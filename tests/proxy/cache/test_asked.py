"""What a request says to a cache."""

from kit.received import asking

from proxy.cache.directives import SILENT
from proxy.cache.policy import Policy


def test_a_request_without_such_fields_is_plain_and_costs_no_new_object() -> None:
    one, other = asking("Accept: */*", "Cookie: a=b"), asking("Accept: text/html")
    assert one.plain
    assert one is other


def test_method_and_authorization_tell_plain_requests_apart() -> None:
    assert asking(method="HEAD").to_head
    assert asking(authorized=True).authorized
    assert not asking().authorized


def test_directives_of_all_lines_are_read() -> None:
    asked = asking("Cache-Control: max-age=0", "Cache-Control: no-cache")
    assert (asked.directives.max_age, asked.directives.no_cache, asked.plain) == (0, True, False)


def test_pragma_counts_where_there_is_no_cache_control() -> None:
    assert asking("Pragma: no-cache").directives.no_cache
    assert not asking("Pragma: no-cache", "Cache-Control: max-age=5").directives.no_cache
    assert not asking("Pragma: other").directives.no_cache


def test_a_route_may_ignore_what_clients_say() -> None:
    ignoring = Policy(client_directives=False)
    assert asking("Cache-Control: no-cache, only-if-cached", "Pragma: no-cache", policy=ignoring).directives is SILENT


def test_conditions_are_kept_as_they_came() -> None:
    asked = asking('If-None-Match: "a"', 'If-None-Match: W/"b"', 'If-Match: "c"', "If-Range: d")
    assert (asked.if_none_match, asked.if_match, asked.if_range) == (b'"a", W/"b"', b'"c"', b"d")
    asked = asking("If-Modified-Since: one", "If-Unmodified-Since: two")
    assert (asked.if_modified_since, asked.if_unmodified_since) == (b"one", b"two")


def test_a_range_counts_for_get_alone() -> None:
    assert asking("Range: bytes=0-1").range == b"bytes=0-1"
    assert asking("Range: bytes=0-1", method="HEAD").range is None


def test_a_request_is_unconditional_that_wants_all_there_is() -> None:
    assert asking().unconditional
    assert asking("Cache-Control: no-cache").unconditional
    for name in ("Range", "If-Match", "If-None-Match", "If-Modified-Since", "If-Unmodified-Since"):
        assert not asking(f"{name}: x").unconditional
