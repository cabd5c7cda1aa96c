"""May a response be stored (RFC 9111 §3)?"""

import pytest
from kit.received import dated, kept, passed, requesting

from proxy.cache.policy import Policy

FRESH = "Cache-Control: max-age=60"


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "M-SEARCH"])
def test_only_what_answers_get_is_stored(method: str) -> None:
    assert passed(FRESH, request=requesting(method=method)) == "method"


def test_a_method_that_the_route_leaves_out_is_passed() -> None:
    assert passed(FRESH, policy=Policy(methods=frozenset({"HEAD"}))) == "method"


def test_the_answer_to_head_has_no_content_to_store() -> None:
    assert passed(FRESH, request=requesting(method="HEAD")) == "head"


def test_a_part_is_not_stored() -> None:
    assert passed(FRESH, "Content-Range: bytes 0-1/2", status=206) == "partial"


@pytest.mark.parametrize("status", [304, 412, 416])
def test_what_answers_one_clients_condition_is_not_stored(status: int) -> None:
    assert passed(FRESH, status=status) == "conditional"


@pytest.mark.parametrize("status", [428, 429, 431, 511])
def test_what_tells_one_client_of_its_own_request_is_not_stored(status: int) -> None:
    assert passed(FRESH, status=status) == "client_status"
    assert passed(FRESH, status=status, ttl_s=5.0, policy=Policy(statuses=frozenset({status}))) == "client_status"


@pytest.mark.parametrize("status", [200, 203, 204, 299, 301, 302, 303, 307, 308, 400, 404, 410, 499, 500, 503, 599])
@pytest.mark.parametrize("line", [FRESH, dated("Expires", 60), "CDN-Cache-Control: max-age=60"])
def test_any_other_final_status_with_a_stated_lifetime_is_stored(status: int, line: str) -> None:
    assert kept(line, status=status).status == status


@pytest.mark.parametrize("status", [201, 302, 403, 500, 503, 599])
def test_a_status_that_may_not_be_guessed_at_needs_leave(status: int) -> None:
    validator = 'ETag: "a"'
    assert passed(validator, status=status) == "status"
    assert kept(validator, "Cache-Control: public", status=status)
    assert kept(validator, status=status, ttl_s=5.0)
    assert kept(validator, status=status, policy=Policy(statuses=frozenset({status})))


def test_the_route_says_which_statuses_are_stored() -> None:
    policy = Policy(statuses=frozenset({200, 404}))
    assert kept(FRESH, status=404, policy=policy)
    assert passed(FRESH, status=301, policy=policy) == "status_excluded"


def test_a_client_may_forbid_to_store_the_answer() -> None:
    asking = requesting("Cache-Control: no-store")
    assert passed(FRESH, request=asking) == "client_no_store"
    assert kept(FRESH, request=asking, policy=Policy(client_directives=False))


@pytest.mark.parametrize("line", ["Cache-Control: max-age=60, No-Store", "CDN-Cache-Control: no-store"])
def test_no_store_forbids_it(line: str) -> None:
    assert passed(line, FRESH, dated("Expires", 60)) == "no_store"


def test_a_targeted_lifetime_counts_against_no_store_for_others() -> None:
    assert kept("CDN-Cache-Control: max-age=60", "Cache-Control: no-store")


def test_an_invalid_targeted_field_does_not() -> None:
    assert passed("CDN-Cache-Control: max-age=60, &&&&", "Cache-Control: no-store") == "no_store"


def test_must_understand_overrules_no_store_for_a_status_that_is_understood() -> None:
    line = "Cache-Control: max-age=60, no-store, must-understand"
    assert kept(line)
    assert passed(line, status=599) == "not_understood"
    assert passed("Cache-Control: max-age=60, must-understand", status=299) == "not_understood"


@pytest.mark.parametrize("line", ["Cache-Control: private, max-age=60", "CDN-Cache-Control: private"])
def test_private_forbids_it(line: str) -> None:
    assert passed(line, FRESH) == "private"


@pytest.mark.parametrize("directives", ["max-age=60", "max-age=60, proxy-revalidate", "private=x, max-age=60"])
def test_an_answer_to_authorization_is_not_stored(directives: str) -> None:
    assert passed(f"Cache-Control: {directives}", request=requesting(authorized=True)) == "authorization"


@pytest.mark.parametrize("directives", ["public, max-age=60", "s-maxage=60", "max-age=60, must-revalidate"])
def test_an_answer_to_authorization_is_stored_if_it_is_meant_for_all(directives: str) -> None:
    assert kept(f"Cache-Control: {directives}", request=requesting(authorized=True))


@pytest.mark.parametrize("value", ["*", "Foo, *", "a b"])
def test_what_no_request_selects_is_not_stored(value: str) -> None:
    assert passed(FRESH, f"Vary: {value}") == "vary_star"


def test_a_cookie_for_one_client_is_not_stored_for_all() -> None:
    assert passed(FRESH, "Set-Cookie: a=b") == "set_cookie"


@pytest.mark.parametrize(
    "line",
    [
        "Cache-Control: max-age=60, public",
        "Cache-Control: s-maxage=60",
        "CDN-Cache-Control: max-age=60",
        'Cache-Control: max-age=60, private="set-cookie"',
        'Cache-Control: max-age=60, no-cache="Set-Cookie"',
    ],
)
def test_a_response_with_a_cookie_is_stored_if_it_is_meant_for_all(line: str) -> None:
    assert kept(line, "Set-Cookie: a=b")


def test_the_route_may_store_cookies() -> None:
    assert b"Set-Cookie: a=b" in kept(FRESH, "Set-Cookie: a=b", policy=Policy(set_cookie="store")).lines
