"""Which requests share a stored response."""

from hypothesis import assume, given
from hypothesis import strategies as st

from proxy.cache.key import KeyRules, keyed, stripped
from proxy.messages import Headers, Request

PLAIN = KeyRules()


def asking(
    path: str = "/a", query: str | None = None, *lines: bytes, scheme: str = "http", authority: str = "example.com"
) -> Request:
    request = Request("GET", path, query, Headers(list(lines)), scheme)
    request.authority = authority
    return request


def key(request: Request, rules: KeyRules = PLAIN, extra: tuple[str, ...] = (), upstream: str = "site") -> str:
    return keyed(request, upstream, rules, extra).key


def url(request: Request, rules: KeyRules = PLAIN) -> str:
    return keyed(request, "site", rules).url


def test_the_url_is_scheme_authority_path_and_query() -> None:
    assert (
        url(asking("/a/b", "x=1", scheme="https", authority="Example.COM:8443")) == "https://example.com:8443/a/b?x=1"
    )


def test_the_default_port_of_the_scheme_is_left_out() -> None:
    assert url(asking(authority="example.com:80")) == "http://example.com/a"
    assert url(asking(authority="example.com:443", scheme="https")) == "https://example.com/a"
    assert url(asking(authority="example.com:80", scheme="https")) == "https://example.com:80/a"
    assert url(asking(authority="[::1]:80")) == "http://[::1]/a"
    assert url(asking(authority="[::1]")) == "http://[::1]/a"


def test_a_default_port_that_is_spelt_out_is_keyed_for_origins_repeat_it() -> None:
    assert key(asking(authority="example.com:80")) != key(asking())
    assert key(asking(authority="example.com:80"), KeyRules(headers=("x-site",))) != key(
        asking(), KeyRules(headers=("x-site",))
    )


def test_no_query_and_an_empty_one_are_two_urls() -> None:
    assert url(asking("/a")) != url(asking("/a", ""))


def test_the_key_tells_upstreams_apart_and_the_url_does_not() -> None:
    one, other = keyed(asking(), "one", PLAIN), keyed(asking(), "other", PLAIN)
    assert one.key != other.key
    assert one.url == other.url


def test_what_filters_add_is_keyed_and_no_part_of_the_url() -> None:
    assert key(asking(), extra=("a", "b")) != key(asking(), extra=("ab",)) != key(asking())
    assert keyed(asking(), "site", PLAIN, ("a",)).url == "http://example.com/a"


def test_ignored_parameters_make_no_key_and_no_url() -> None:
    rules = KeyRules(ignore_query=frozenset({"utm_source"}))
    assert keyed(asking("/a", "utm_source=x"), "site", rules) == keyed(asking("/a"), "site", rules)


def test_a_sorted_query_has_one_key() -> None:
    rules = KeyRules(sort_query=True)
    assert key(asking("/a", "b=1&a=2"), rules) == key(asking("/a", "a=2&b=1"), rules)


def test_what_is_sent_for_a_shared_answer_is_what_is_keyed() -> None:
    rules = KeyRules(ignore_query=frozenset({"utm_source"}), sort_query=True)
    assert stripped(asking("/a", "b=1&utm_source=evil&a=2"), rules) == "a=2&b=1"
    assert stripped(asking("/a", "b=1&utm_source=evil&a=2"), PLAIN) == "b=1&utm_source=evil&a=2"


def test_a_keyed_field_tells_its_values_apart_and_absent_from_empty() -> None:
    rules = KeyRules(headers=("accept-language",))
    said = [(), (b"Accept-Language:",), (b"Accept-Language: de",), (b"Accept-Language: en",)]
    assert len({key(asking("/a", None, *lines), rules) for lines in said}) == 4


def test_two_lines_of_a_keyed_field_are_not_one() -> None:
    rules = KeyRules(headers=("x-site",))
    assert key(asking("/a", None, b"X-Site: a", b"X-Site: b"), rules) != key(asking("/a", None, b"X-Site: a, b"), rules)


def test_a_field_that_is_not_keyed_changes_nothing() -> None:
    assert key(asking("/a", None, b"Accept-Language: de")) == key(asking())


def test_a_keyed_cookie_counts_among_others() -> None:
    rules = KeyRules(cookies=("currency",))
    one, same = asking("/a", None, b"Cookie: id=1; currency=eur"), asking("/a", None, b"Cookie: currency=eur; id=2")
    assert key(one, rules) == key(same, rules)
    assert key(one, rules) != key(asking("/a", None, b"Cookie: currency=usd"), rules)
    assert key(one, rules) != key(asking("/a", None, b"Cookie: xcurrency=eur"), rules)


def test_every_cookie_of_a_keyed_name_counts_as_origins_differ_in_which_they_take() -> None:
    rules = KeyRules(cookies=("currency",))
    twice = asking("/a", None, b"Cookie: currency=eur; currency=usd")
    assert key(twice, rules) != key(asking("/a", None, b"Cookie: currency=eur"), rules)


def test_a_cookie_that_quotes_may_hide_from_the_origin_is_not_taken_for_one() -> None:
    rules = KeyRules(cookies=("currency",))
    hidden = asking("/a", None, b'Cookie: x="; currency=usd; "')
    assert key(hidden, rules) != key(asking("/a", None, b"Cookie: currency=usd"), rules)


def test_a_field_and_a_cookie_of_one_name_are_two_parts() -> None:
    request = asking("/a", None, b"Site: a", b"Cookie: site=a")
    assert key(request, KeyRules(headers=("site",))) != key(request, KeyRules(cookies=("site",)))


_texts = st.text("ab:1 ", max_size=4)
_paths = st.text("ab:1", max_size=4).map("/".__add__)


@given(st.tuples(_paths, _texts, st.lists(_texts)), st.tuples(_paths, _texts, st.lists(_texts)))
def test_no_two_lists_of_parts_give_one_key(one: tuple[str, str, list[str]], other: tuple[str, str, list[str]]) -> None:
    assume(one != other)
    keys = [key(asking(path), PLAIN, tuple(extra), upstream) for path, upstream, extra in (one, other)]
    assert keys[0] != keys[1]


@given(st.lists(_texts, max_size=3), st.lists(_texts, max_size=3), _texts)
def test_no_field_can_pass_for_what_a_filter_added(values: list[str], extra: list[str], upstream: str) -> None:
    by_field = asking("/a", None, *(b"X-Site: " + value.encode() for value in values))
    with_field = key(by_field, KeyRules(headers=("x-site",)), upstream=upstream)
    assert with_field != key(asking(), PLAIN, tuple(extra), upstream)
