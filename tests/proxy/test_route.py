"""Which route wins: the router beside a naive one, and what it says of those that lost."""

import re
from ipaddress import ip_address, ip_network
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.chain import Chain
from proxy.exchange import Client
from proxy.limits import Limits
from proxy.messages import Headers, Request
from proxy.route import Match, PathMatch, Route, Router, Verdict

CLIENT = Client("10.1.2.3", 4711, "public")
ORIGIN: Any = SimpleNamespace(plain=True)


def route(name: str, **asked: Any) -> Route:
    return Route(name, Match(**asked), Chain(), ORIGIN, Limits())


def found(router: Router, request: Request, client: Client = CLIENT) -> str | None:
    winner = router.find(request, client)
    return None if winner is None else winner.name


def naively(match: Match, request: Request, client: Client) -> bool:
    """Judge a match straight from what it says, sharing nothing with the router."""
    if match.hosts and not any(
        request.host == host or (host[0] == "*" and request.host.endswith(host[1:])) for host in match.hosts
    ):
        return False
    if match.path is not None and not naive_path(match.path.kind, match.path.value, request.path):
        return False
    if match.methods and request.method not in match.methods:
        return False
    values = dict(parse_qsl(request.query or "", keep_blank_values=True))
    return (
        all(request.headers.get(name) == value for name, value in match.headers.items())
        and all(values.get(name) == value for name, value in match.query.items())
        and (not match.clients or any(ip_address(client.address) in network for network in match.clients))
    )


def naive_path(kind: str, value: str, path: str) -> bool:
    if kind == "regex":
        return re.search(value, path) is not None
    if kind == "exact":
        return path == value
    asked = value.split("/")
    given = path.split("/")
    if asked[-1] == "":
        return path != "*" and len(given) >= len(asked) and given[: len(asked) - 1] == asked[:-1]
    return given[: len(asked)] == asked


hosts = st.sampled_from(["a.test", "b.test", "x.a.test", "y.x.a.test", "[::1]", ""])
patterns = st.sampled_from(["a.test", "b.test", "x.a.test", "*.a.test", "*.x.a.test", "*.test", "[::1]"])
requested = st.lists(st.sampled_from(["a", "b", "ab", ""]), max_size=4).map(lambda parts: "/" + "/".join(parts))
literal = st.builds(PathMatch, st.sampled_from(["exact", "prefix"]), requested)
regexes = st.builds(PathMatch, st.just("regex"), st.sampled_from(["^/a", "b$", "/ab/", "^/$", "[*]"]))
matches = st.builds(
    Match,
    hosts=st.lists(patterns, max_size=2).map(tuple),
    path=st.one_of(st.none(), literal, literal, regexes, st.just(PathMatch("exact", "*"))),
    methods=st.sampled_from([frozenset(), frozenset(), frozenset({"GET"}), frozenset({"PUT", "GET"})]),
    headers=st.sampled_from([{}, {}, {"x-a": "1"}]),
    query=st.sampled_from([{}, {}, {"q": "a b"}]),
    clients=st.sampled_from([(), (), (ip_network("10.0.0.0/8"),), (ip_network("192.0.2.0/24"),)]),
)
requests = st.builds(
    Request,
    st.sampled_from(["GET", "PUT", "POST"]),
    st.one_of(requested, st.just("*")),
    st.sampled_from([None, "q=a+b", "q=1"]),
    host=hosts,
    headers=st.sampled_from([[], [("X-A", "1")]]).map(Headers.of),
)


@given(st.lists(matches, max_size=12), st.lists(requests, min_size=1, max_size=5))
def test_the_router_chooses_as_a_naive_walk_through_the_list_does(asked: list[Match], several: list[Request]) -> None:
    routes = [Route(str(place), match, Chain(), ORIGIN, Limits()) for place, match in enumerate(asked)]
    router = Router(routes)
    for request in several:
        expected = next((each.name for each in routes if naively(each.match, request, CLIENT)), None)
        assert found(router, request) == expected


@given(st.lists(matches, max_size=8), requests)
def test_an_explanation_ends_with_the_route_that_is_found(asked: list[Match], request: Request) -> None:
    router = Router([Route(str(place), match, Chain(), ORIGIN, Limits()) for place, match in enumerate(asked)])
    winner = found(router, request)
    verdicts = router.explain(request, CLIENT)
    assert [verdict.route_name for verdict in verdicts if verdict.reason is None] == (
        [] if winner is None else [winner]
    )
    assert len(verdicts) == (len(asked) if winner is None else int(winner) + 1)


def test_the_first_match_in_list_order_wins_however_exact_a_later_one_is() -> None:
    router = Router(
        [
            route("suffix", hosts=("*.a.test",)),
            route("any", path=PathMatch("prefix", "/")),
            route("exact", hosts=("x.a.test",), path=PathMatch("exact", "/x")),
        ]
    )
    assert found(router, Request("GET", "/x", host="x.a.test")) == "suffix"
    assert found(router, Request("GET", "/x", host="a.test")) == "any"


def test_without_a_match_there_is_no_route() -> None:
    router = Router([route("a", hosts=("a.test",))])
    assert router.find(Request("GET", "/", host="b.test"), CLIENT) is None


def test_a_candidate_with_further_conditions_lets_the_next_one_have_its_turn() -> None:
    router = Router([route("writes", methods=frozenset({"PUT"})), route("reads")])
    assert found(router, Request("GET", "/")) == "reads"
    assert found(router, Request("PUT", "/")) == "writes"


def test_each_earlier_route_is_told_why_it_lost() -> None:
    router = Router(
        [
            route("api", hosts=("api.example.com",)),
            route("v1", path=PathMatch("prefix", "/v1")),
            route("beta", headers={"x-beta": True}),
            route("all"),
            route("never", path=PathMatch("exact", "/v10")),
        ]
    )
    assert router.explain(Request("GET", "/v10", host="www.x"), CLIENT) == [
        Verdict("api", "host www.x is not api.example.com"),
        Verdict("v1", "path /v10 is not under /v1"),
        Verdict("beta", "header x-beta is missing"),
        Verdict("all", None),
    ]


def test_only_the_first_reason_is_given() -> None:
    router = Router([route("a", methods=frozenset({"PUT"}), hosts=("a.test",))])
    assert [verdict.reason for verdict in router.explain(Request("GET", "/", host="b.test"), CLIENT)] == [
        "host b.test is not a.test"
    ]


@pytest.mark.parametrize(("origin", "plain"), [(SimpleNamespace(plain=True), True), (SimpleNamespace(), False)])
def test_a_route_needs_a_task_unless_its_origin_says_otherwise(origin: Any, plain: bool) -> None:
    assert Route("a", Match(), Chain(), origin, Limits()).origin_is_plain is plain


def test_a_route_shows_its_name() -> None:
    assert repr(route("api")) == "<Route api>"
