"""May a stored response answer a request, fresh or stale?"""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.received import NOW, PLAIN, asking, kept, received, responding

from proxy.cache.policy import Policy
from proxy.cache.rfc9111 import reuse, reuse_nothing, stale_on_error
from proxy.cache.stored import Stored

FRESH = "Cache-Control: max-age=60"


def judged(stored: Stored, *lines: str, after_s: float = 0.0, policy: Policy = PLAIN) -> tuple[str, str]:
    verdict = reuse(stored, asking(*lines, policy=policy), policy, NOW + after_s)
    return verdict.action, verdict.reason


def on_error(
    stored: Stored, *lines: str, after_s: float = 0.0, status: int | None = 503, policy: Policy = PLAIN
) -> tuple[str, str]:
    verdict = stale_on_error(stored, asking(*lines), policy, NOW + after_s, status=status)
    return verdict.action, verdict.reason


# -- fresh and stale (§4.2)


def test_a_response_is_served_before_its_lifetime_is_over() -> None:
    stored = kept(FRESH, 'ETag: "a"')
    assert judged(stored, after_s=59.9) == ("serve", "fresh")
    assert judged(stored, after_s=60) == ("validate", "stale")
    assert judged(stored, "Cache-Control: unknown", after_s=59.9) == ("serve", "fresh")
    assert judged(stored, "Cache-Control: unknown", after_s=60) == ("validate", "stale")


def test_what_says_no_cache_or_nothing_is_validated_at_every_use() -> None:
    for line in ("Cache-Control: no-cache, max-age=60", "X-Says: nothing"):
        assert judged(kept(line, 'ETag: "a"')) == ("validate", "every_use")


def test_the_routes_cap_counts_at_each_use() -> None:
    assert judged(kept(FRESH), after_s=11, policy=Policy(max_ttl_s=10)) == ("validate", "stale")


def test_a_stale_response_is_served_while_it_is_validated_behind() -> None:
    stored = kept("Cache-Control: max-age=60, stale-while-revalidate=10")
    assert judged(stored, after_s=69.9) == ("serve_stale", "stale_while_revalidate")
    assert judged(stored, after_s=70) == ("validate", "stale")


@pytest.mark.parametrize("directive", ["must-revalidate", "proxy-revalidate", "s-maxage=60"])
def test_a_prohibition_outweighs_every_leave(directive: str) -> None:
    lenient = Policy(stale_while_revalidate_s=1000, stale_if_error_s=1000, stale_unreachable_s=1000)
    line = f"Cache-Control: max-age=60, {directive}, stale-while-revalidate=1000, stale-if-error=1000"
    stored = kept(line, 'ETag: "a"', policy=lenient)
    assert judged(stored, after_s=61, policy=lenient) == ("validate", "stale")
    assert judged(stored, "Cache-Control: max-stale", after_s=61, policy=lenient) == ("validate", "stale")
    for status in (503, None):
        assert on_error(stored, after_s=61, status=status, policy=lenient) == ("refuse", "must_revalidate")


# -- what the client says (§5.2.1)


@pytest.mark.parametrize(
    ("line", "after_s", "expected"),
    [
        ("Cache-Control: no-cache", 0, ("validate", "client_no_cache")),
        ("Pragma: no-cache", 0, ("validate", "client_no_cache")),
        ("Cache-Control: max-age=0", 1, ("validate", "client_max_age")),
        ("Cache-Control: max-age=10", 10, ("serve", "fresh")),
        ("Cache-Control: max-age=10", 11, ("validate", "client_max_age")),
        ("Cache-Control: min-fresh=20", 40, ("serve", "fresh")),
        ("Cache-Control: min-fresh=20", 41, ("validate", "client_min_fresh")),
        ("Cache-Control: max-stale=20", 50, ("serve", "fresh")),
        ("Cache-Control: max-stale=20", 80, ("serve", "client_max_stale")),
        ("Cache-Control: max-stale=20", 81, ("validate", "stale")),
        ("Cache-Control: max-stale", 3000, ("serve", "client_max_stale")),
        ("Cache-Control: max-stale, max-age=70", 71, ("validate", "client_max_age")),
        ("Cache-Control: no-store", 0, ("serve", "fresh")),
        ("Cache-Control: only-if-cached", 0, ("serve", "fresh")),
        ("Cache-Control: only-if-cached", 60, ("forbidden", "only_if_cached")),
        ("Cache-Control: only-if-cached, no-cache", 0, ("forbidden", "only_if_cached")),
        ("Cache-Control: only-if-cached, max-stale", 60, ("serve", "client_max_stale")),
    ],
)
def test_a_request_may_want_it_fresher_or_take_it_staler(line: str, after_s: float, expected: tuple[str, str]) -> None:
    assert judged(kept(FRESH), line, after_s=after_s) == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Cache-Control: max-age=600", ("validate", "stale")),
        ("Cache-Control: max-age=600, max-stale=5", ("serve_stale", "stale_while_revalidate")),
    ],
)
def test_with_max_age_a_client_says_that_it_wants_nothing_stale(line: str, expected: tuple[str, str]) -> None:
    stored = kept("Cache-Control: max-age=60, stale-while-revalidate=60")
    assert judged(stored, line, after_s=70) == expected


def test_the_age_at_receipt_counts_against_a_requests_max_age() -> None:
    assert judged(kept("Cache-Control: max-age=3600", "Age: 1800"), "Cache-Control: max-age=600")[1] == "client_max_age"


def test_a_route_may_ignore_what_clients_say() -> None:
    assert judged(kept(FRESH), "Cache-Control: no-cache", policy=Policy(client_directives=False))[0] == "serve"


def test_with_nothing_stored_only_if_cached_is_refused_and_the_rest_fetched() -> None:
    nothing = reuse_nothing(asking())
    assert (nothing.action, nothing.reason) == ("fetch", "miss")
    refused = reuse_nothing(asking("Cache-Control: only-if-cached"))
    assert (refused.action, refused.reason) == ("forbidden", "only_if_cached")


# -- in the place of an error (§4.2.4, RFC 5861 §4)


@pytest.mark.parametrize("status", [500, 502, 503, 504, None])
def test_stale_if_error_gives_leave_for_errors_and_silence(status: int | None) -> None:
    stored = kept("Cache-Control: max-age=60, stale-if-error=10")
    assert on_error(stored, after_s=69, status=status) == ("serve_stale", "stale_if_error")
    assert on_error(stored, after_s=70, status=status) == ("refuse", "too_stale")


@pytest.mark.parametrize("status", [404, 501, 505])
def test_other_answers_are_no_errors(status: int) -> None:
    assert on_error(kept("Cache-Control: max-age=60, stale-if-error=10"), status=status) == ("refuse", "not_an_error")


def test_a_client_may_give_leave_too() -> None:
    assert on_error(kept(FRESH), "Cache-Control: stale-if-error=10", after_s=69) == ("serve_stale", "stale_if_error")


def test_the_route_gives_leave_for_silence_alone() -> None:
    policy = Policy(stale_unreachable_s=10)
    assert on_error(kept(FRESH), after_s=69, status=None, policy=policy) == ("serve_stale", "unreachable")
    assert on_error(kept(FRESH), after_s=70, status=None, policy=policy) == ("refuse", "too_stale")
    assert on_error(kept(FRESH), after_s=69, status=503, policy=policy) == ("refuse", "too_stale")


def test_what_is_still_fresh_needs_no_leave() -> None:
    assert on_error(kept(FRESH), "Cache-Control: no-cache", after_s=1) == ("serve_stale", "still_fresh")


@given(
    response=st.lists(
        st.sampled_from(["max-age=60", "s-maxage=60", "no-cache", "must-revalidate", "stale-while-revalidate=60"])
    ),
    request=st.lists(st.sampled_from(["no-cache", "max-age=30", "min-fresh=30", "max-stale", "only-if-cached"])),
    after_s=st.floats(0, 1000),
)
def test_nothing_is_served_stale_without_leave(response: list[str], request: list[str], after_s: float) -> None:
    control = ", ".join(response)
    stored = received(responding(f"Cache-Control: {control}", 'ETag: "a"'))
    assert isinstance(stored, Stored)
    action, reason = judged(stored, f"Cache-Control: {', '.join(request)}", after_s=after_s)
    stale = "no-cache" in response or not {"max-age=60", "s-maxage=60"} & set(response) or after_s >= 60
    if action.startswith("serve") and stale:
        assert not {"no-cache", "must-revalidate", "s-maxage=60"} & set(response)
        assert reason in {"client_max_stale", "stale_while_revalidate"}
        assert "max-stale" in reason.replace("_", "-") or after_s < 120
    if "no-cache" in request:
        assert action in {"validate", "forbidden"}
