"""The rewrite filter."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange, make_filter, reason

from filters.rewrite import RewriteFilter
from proxy.errors import BadRequest
from proxy.path import PathRules, normalise_path


def path_after(path: str, **options: Any) -> str:
    exchange = make_exchange(target=path)
    assert make_filter(RewriteFilter, path=options).on_request(exchange) is None
    return exchange.request.path


@pytest.mark.parametrize(
    ("path", "expected"),
    [("/v1/a/b", "/a/b"), ("/v1/", "/"), ("/v1", "/"), ("/v10/a", "/v10/a"), ("/a/v1", "/a/v1")],
)
@pytest.mark.parametrize("prefix", ["/v1", "/v1/"])
def test_strip_prefix_goes_by_segments(prefix: str, path: str, expected: str) -> None:
    assert path_after(path, strip_prefix=prefix) == expected


@pytest.mark.parametrize(("path", "expected"), [("/", "/api/"), ("/a", "/api/a")])
def test_add_prefix_stands_before_the_path(path: str, expected: str) -> None:
    assert path_after(path, add_prefix="/api/") == expected


def test_prefix_and_pattern_work_in_order() -> None:
    options = {"strip_prefix": "/v1", "regex": "^/user/([0-9]+)$", "replacement": r"/u/\1", "add_prefix": "/in"}
    assert path_after("/v1/user/7", **options) == "/in/u/7"


def test_named_groups_can_be_used() -> None:
    assert path_after("/a/b", regex="^/(?P<x>.)/(?P<y>.)$", replacement=r"/\g<y>/\g<x>") == "/b/a"


def test_exact_replaces_the_path_and_encodes_values() -> None:
    exchange = make_exchange(target="/a?q=1", fields=[("X-T", "a b?#\xe9")])
    make_filter(RewriteFilter, path={"exact": "/t/{header.x-t}"}).on_request(exchange)
    assert exchange.request.target == "/t/a%20b%3F%23%E9?q=1"


@pytest.mark.parametrize("path", ["/x/..;/admin", "/x/%2e%2e%2f..", "/x/../.."])
def test_a_capture_cannot_escape(path: str) -> None:
    exchange = make_exchange(target="/")
    exchange.request.headers.add("X-P", path)
    it = make_filter(RewriteFilter, path={"exact": "{header.x-p}"})
    answer = it.on_request(exchange)
    assert answer.status == 400
    assert reason(exchange) == "bad_path"
    assert exchange.request.path == "/"


def test_dot_segments_from_a_capture_are_resolved() -> None:
    assert path_after("/a-/..-/b", regex="-", replacement="") == "/b"


def test_encoded_slashes_that_the_listener_let_in_stay() -> None:
    assert path_after("/v1/a%2Fb", strip_prefix="/v1") == "/a%2Fb"


def test_slashes_are_merged_unless_told_otherwise() -> None:
    options = {"path": {"regex": "x", "replacement": ""}, "merge_slashes": False}
    exchange = make_exchange(target="/a/x/b")
    make_filter(RewriteFilter, **options).on_request(exchange)
    assert exchange.request.path == "/a//b"
    assert path_after("/a/x/b", regex="x", replacement="") == "/a/b"


def test_the_server_wide_target_has_no_path_to_rewrite() -> None:
    exchange = make_exchange("OPTIONS", "*")
    make_filter(RewriteFilter, path={"add_prefix": "/a"}).on_request(exchange)
    assert exchange.request.path == "*"


@given(st.lists(st.sampled_from(["a", "..", ".", "%2e", "%2F", ";", "b", "", "%", "\\", "?"])))
def test_whatever_a_value_holds_the_path_is_normal_or_refused(segments: list[str]) -> None:
    exchange = make_exchange(fields=[("X-P", "/".join(segments))])
    answer = make_filter(RewriteFilter, path={"exact": "/in/{header.x-p}"}).on_request(exchange)
    if answer is None:
        path = exchange.request.path
        assert normalise_path(path, PathRules(encoded_slashes="keep")) == path
    else:
        assert answer.status == 400


def query_after(target: str, **options: Any) -> str:
    exchange = make_exchange(target=target, fields=[("X-V", "a b&c=d")])
    make_filter(RewriteFilter, query=options).on_request(exchange)
    return exchange.request.target


@pytest.mark.parametrize(
    ("target", "options", "expected"),
    [
        ("/?a=1&b=2&a=3", {"remove": ["a"]}, "/?b=2"),
        ("/?a=1", {"remove": ["a"]}, "/"),
        ("/?%61=1&b", {"remove": ["a"]}, "/?b"),
        ("/?a=1&b=2&a=3", {"set": {"a": "9"}}, "/?a=9&b=2"),
        ("/", {"set": {"a": "9"}}, "/?a=9"),
        ("/?a=1", {"add": {"a": "2"}}, "/?a=1&a=2"),
        ("/?x=%7e+1", {"add": {"é": "ü &"}}, "/?x=%7e+1&%C3%A9=%C3%BC%20%26"),
        ("/", {"set": {"v": "<{header.x-v}>"}}, "/?v=%3Ca%20b%26c%3Dd%3E"),
    ],
)
def test_query_is_edited_and_the_rest_kept_as_it_came(target: str, options: dict[str, Any], expected: str) -> None:
    assert query_after(target, **options) == expected


def test_host_sets_authority_and_host() -> None:
    exchange = make_exchange()
    make_filter(RewriteFilter, host="API.Internal:8080").on_request(exchange)
    assert (exchange.request.authority, exchange.request.host) == ("api.internal:8080", "api.internal")


def test_method_is_replaced() -> None:
    exchange = make_exchange("PUT")
    make_filter(RewriteFilter, method="POST").on_request(exchange)
    assert exchange.request.request_line().startswith(b"POST ")


def test_head_stays_head_for_its_answer_has_no_body() -> None:
    exchange = make_exchange("HEAD")
    make_filter(RewriteFilter, method="POST").on_request(exchange)
    assert exchange.request.method == "HEAD"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "nothing is rewritten"),
        ({"path": {}}, "give exact"),
        ({"path": {"exact": "/a", "add_prefix": "/b"}}, "replaces the whole path"),
        ({"path": {"exact": "a"}}, "starts with a slash"),
        ({"path": {"exact": "/{nope}"}}, "unknown variable"),
        ({"path": {"strip_prefix": "v1"}}, "not a path"),
        ({"path": {"add_prefix": "/a?b"}}, "not a path"),
        ({"path": {"regex": "("}}, "not a regular expression"),
        ({"path": {"regex": "a"}}, "need each other"),
        ({"path": {"regex": "a", "replacement": r"\1"}}, "does not fit"),
        ({"path": {"regex": "a", "replacement": r"\g<x>"}}, "does not fit"),
        ({"path": {"regex": "a", "replacement": "b?c"}}, "use `query`"),
        ({"query": {}}, "nothing is edited"),
        ({"host": "a b"}, "not a host"),
        ({"method": "HEAD"}, "cannot become HEAD"),
        ({"method": "CONNECT"}, "cannot become CONNECT"),
        ({"method": "get"}, "pattern"),
        ({"methods": "GET"}, "methods"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(RewriteFilter, **options)


def test_normaliser_errors_never_pass_through() -> None:
    with pytest.raises(BadRequest):
        normalise_path("/a/%00")
    exchange = make_exchange(fields=[("X-P", "/%00")])
    assert make_filter(RewriteFilter, path={"exact": "{header.x-p}"}).on_request(exchange).status == 400
