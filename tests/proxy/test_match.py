"""What a route asks of a request, and the words in which it turns one down."""

import re
from ipaddress import ip_network

import pytest

from proxy.exchange import Client
from proxy.match import ClientIn, Condition, HeaderIs, HostIs, Match, MethodIs, PathIs, PathMatch, QueryIs
from proxy.messages import Headers, Request

CLIENT = Client("10.1.2.3", 4711, "public")


def request(
    path: str = "/", query: str | None = None, *, host: str = "a.test", fields: list[tuple[str, str]] | None = None
) -> Request:
    return Request("POST", path, query, host=host, headers=Headers.of(fields or []))


def refusal(condition: Condition, asked: Request, client: Client = CLIENT) -> str:
    assert not condition.holds(asked, client)
    return condition.refusal(asked, client)


@pytest.mark.parametrize(
    ("value", "path", "fits"),
    [
        ("/v1", "/v1", True),
        ("/v1", "/v1/", True),
        ("/v1", "/v1/x", True),
        ("/v1", "/v10", False),
        ("/v1", "/", False),
        ("/v1/", "/v1", False),
        ("/v1/", "/v1/", True),
        ("/v1/", "/v1/x", True),
        ("/", "/", True),
        ("/", "/x", True),
        ("/", "*", False),
    ],
)
def test_a_prefix_goes_by_segments(value: str, path: str, fits: bool) -> None:
    assert PathMatch("prefix", value).matches(path) is fits


def test_an_exact_path_is_that_path_alone() -> None:
    exact = PathMatch("exact", "/a")
    assert [exact.matches(path) for path in ("/a", "/a/", "/a/b", "/A")] == [True, False, False, False]


def test_a_regex_is_searched_for() -> None:
    assert PathMatch("regex", "[0-9]+").matches("/u/12/x")
    assert not PathMatch("regex", "^/[0-9]+$").matches("/u/12")


@pytest.mark.parametrize(
    ("written", "matched"),
    [("/caf\u00e9 x", "/caf%C3%A9%20x"), ("/%61", "/a"), ("//a/./b", "/a/b"), ("/a%2fb", "/a%2Fb")],
)
def test_a_path_is_matched_in_the_spelling_that_requests_are_given(written: str, matched: str) -> None:
    assert PathMatch("exact", written).value == matched


@pytest.mark.parametrize(
    ("kind", "value"),
    [("prefix", "v1"), ("exact", ""), ("exact", "/a?b"), ("prefix", "/.."), ("prefix", "*"), ("regex", "(")],
)
def test_a_path_that_never_matches_is_a_mistake(kind: str, value: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        PathMatch(kind, value)  # type: ignore[arg-type]


def test_hosts_are_compared_in_their_one_spelling() -> None:
    assert Match(hosts=("A.Test.", "*.B.test", "[0::1]")).hosts == ("a.test", "*.b.test", "[::1]")


@pytest.mark.parametrize(
    "host", ["", "*", "*.", "a.*.test", "*a.test", "a.test:80", "a b", "http://a", "b\u00fccher.test"]
)
def test_a_host_that_never_matches_is_a_mistake(host: str) -> None:
    with pytest.raises(ValueError, match="host"):
        Match(hosts=(host,))


@pytest.mark.parametrize(
    ("host", "fits"),
    [("x.a.test", True), ("x.y.a.test", True), ("a.test", False), ("xa.test", False), ("x.a.test.b", False)],
)
def test_a_star_stands_for_every_name_below(host: str, fits: bool) -> None:
    assert HostIs(("*.a.test",)).holds(request(host=host), CLIENT) is fits


def test_a_wrong_host_is_named() -> None:
    asked = request(host="www.x")
    assert refusal(HostIs(("api.example.com",)), asked) == "host www.x is not api.example.com"
    assert refusal(HostIs(("a.test", "*.b.test")), asked) == "host www.x is none of a.test, *.b.test"


@pytest.mark.parametrize(
    ("path", "words"),
    [
        (PathMatch("exact", "/x"), "path /v10 is not /x"),
        (PathMatch("prefix", "/v1"), "path /v10 is not under /v1"),
        (PathMatch("regex", "^/u"), "path /v10 does not match ^/u"),
    ],
)
def test_a_wrong_path_is_named(path: PathMatch, words: str) -> None:
    assert refusal(PathIs(path), request("/v10")) == words


def test_a_wrong_method_is_named() -> None:
    assert refusal(MethodIs(frozenset({"PUT", "GET"})), request()) == "method POST is none of GET, PUT"


def test_a_header_may_have_one_value_any_value_or_one_that_matches() -> None:
    asked = request(fields=[("X-A", "1"), ("x-a", "two")])
    for wanted in ("1", "two", True, re.compile("^t")):
        assert HeaderIs("x-A", wanted).holds(asked, CLIENT)


def test_a_wrong_header_is_named_with_what_was_there() -> None:
    asked = request(fields=[("x-a", "1"), ("x-a", "2")])
    assert refusal(HeaderIs("x-b", True), asked) == "header x-b is missing"
    assert refusal(HeaderIs("x-b", "1"), asked) == "header x-b is missing"
    assert refusal(HeaderIs("x-a", "3"), asked) == 'header x-a is "1", "2", not "3"'
    assert refusal(HeaderIs("x-a", re.compile("^3")), asked) == 'header x-a is "1", "2", not ~^3'


@pytest.mark.parametrize("query", ["q=a%20b", "x=1&q=a+b", "q=&q=a b", "%71=a%20b"])
def test_query_parameters_are_compared_decoded(query: str) -> None:
    assert QueryIs("q", "a b").holds(request(query=query), CLIENT)


def test_a_query_parameter_without_a_value_is_there_and_empty() -> None:
    assert QueryIs("q", True).holds(request(query="q"), CLIENT)
    assert QueryIs("q", "").holds(request(query="q"), CLIENT)


@pytest.mark.parametrize("query", [None, "", "Q=1", "x=q"])
def test_a_missing_query_parameter_is_named(query: str | None) -> None:
    assert refusal(QueryIs("q", True), request(query=query)) == "query parameter q is missing"


@pytest.mark.parametrize("address", ["10.1.2.3", "::ffff:10.1.2.3"])
def test_a_client_is_known_by_its_network_on_dual_stack_sockets_too(address: str) -> None:
    assert ClientIn((ip_network("10.0.0.0/8"),)).holds(request(), Client(address, 1, "public"))


@pytest.mark.parametrize("address", ["11.1.2.3", "::1", "", "unix:"])
def test_a_client_from_elsewhere_is_named(address: str) -> None:
    condition = ClientIn((ip_network("10.0.0.0/8"),))
    assert refusal(condition, request(), Client(address, 1, "public")) == f"client {address} is not in 10.0.0.0/8"


def test_a_client_outside_of_many_networks_is_named() -> None:
    condition = ClientIn((ip_network("192.0.2.0/24"), ip_network("::/64")))
    assert refusal(condition, request()) == "client 10.1.2.3 is in none of 192.0.2.0/24, ::/64"


def test_an_empty_match_asks_nothing() -> None:
    assert list(Match().conditions()) == []
