"""Few candidates out of many routes, and bounded memories of what clients choose."""

from types import SimpleNamespace
from typing import Any

import pytest

from proxy.chain import Chain
from proxy.limits import Limits
from proxy.match import Match, PathMatch
from proxy.route import Route
from proxy.route_index import HostIndex, PathIndex

ORIGIN: Any = SimpleNamespace()


def route(name: str, **asked: Any) -> Route:
    return Route(name, Match(**asked), Chain(), ORIGIN, Limits())


def names(index: HostIndex, host: str, path: str) -> list[str]:
    return [route.name for _, route, _ in index.paths(host).candidates(path)]


def test_of_a_thousand_hosts_only_one_is_a_candidate() -> None:
    index = HostIndex([route(f"r{i}", hosts=(f"h{i}.test",)) for i in range(1000)])
    assert names(index, "h777.test", "/") == ["r777"]


def test_of_a_thousand_prefixes_only_those_on_the_way_are_candidates() -> None:
    routes = [route(f"r{i}", path=PathMatch("prefix", f"/s{i}/v1")) for i in range(1000)]
    index = HostIndex([*routes, route("s7", path=PathMatch("prefix", "/s7")), route("last")])
    assert names(index, "a.test", "/s7/v1/users") == ["r7", "s7", "last"]
    assert names(index, "a.test", "/s7/v10") == ["s7", "last"]
    assert names(index, "a.test", "/s7/v10/users") == ["s7", "last"]


def test_candidates_of_exact_hosts_suffixes_and_any_host_stand_in_list_order() -> None:
    index = HostIndex(
        [
            route("any"),
            route("exact", hosts=("x.a.test",)),
            route("wide", hosts=("*.test",)),
            route("narrow", hosts=("*.a.test",)),
            route("other", hosts=("b.test",)),
        ]
    )
    assert names(index, "x.a.test", "/") == ["any", "exact", "wide", "narrow"]


def test_candidates_of_exact_paths_prefixes_and_regexes_stand_in_list_order() -> None:
    index = HostIndex(
        [
            route("regex", path=PathMatch("regex", "c$")),
            route("deep", path=PathMatch("prefix", "/a/b")),
            route("exact", path=PathMatch("exact", "/a/b/c")),
            route("shallow", path=PathMatch("prefix", "/a")),
            route("root", path=PathMatch("prefix", "/")),
            route("other", path=PathMatch("exact", "/a/b")),
        ]
    )
    assert names(index, "", "/a/b/c") == ["regex", "deep", "exact", "shallow", "root"]
    assert names(index, "", "*") == ["regex"]


def test_a_route_with_two_hosts_that_both_fit_is_one_candidate() -> None:
    index = HostIndex([route("a", hosts=("x.a.test", "*.a.test"))])
    assert names(index, "x.a.test", "/") == ["a"]


@pytest.mark.parametrize("path", [None, PathMatch("exact", "/a/"), PathMatch("prefix", "/a"), PathMatch("prefix", "/")])
def test_what_looking_up_has_settled_is_not_asked_again(path: PathMatch | None) -> None:
    index = HostIndex([route("a", hosts=("a.test",), path=path)])
    [(_, _, conditions)] = index.paths("a.test").candidates("/a/")
    assert conditions == ()


@pytest.mark.parametrize("path", [PathMatch("regex", "a"), PathMatch("prefix", "/a/")])
def test_what_looking_up_has_not_settled_is_asked(path: PathMatch) -> None:
    index = HostIndex([route("a", path=path)])
    [(_, _, conditions)] = index.paths("").candidates("/a/")
    assert len(conditions) == 1


def test_a_path_is_walked_no_deeper_than_the_prefixes_are() -> None:
    walked = []

    class Path(str):
        __slots__ = ()

        def find(self, *args: Any) -> int:
            walked.append(args)
            return super().find(*args)

    index = PathIndex([(0, route("a", path=PathMatch("prefix", "/a/b")), ())])
    index.candidates(Path("/a" * 4000))
    assert len(walked) == 2


def test_hosts_that_clients_invent_share_one_index() -> None:
    index = HostIndex([route("a", hosts=("*.a.test",)), route("b")])
    assert index.paths("x.a.test") is index.paths("y.z.a.test")
    assert index.paths("x.test") is index.paths("y.test")
    assert index.paths("x.test") is not index.paths("x.a.test")


def test_no_more_hosts_are_remembered_than_allowed() -> None:
    index = HostIndex([route("a")])
    for number in range(HostIndex.hosts_kept + 10):
        index.paths(f"h{number}.test")
    assert len(index._by_host) <= HostIndex.hosts_kept


def test_no_more_memory_is_kept_than_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(HostIndex, "bytes_kept", 1000)
    index = HostIndex(
        [*(route(f"any{i}") for i in range(30)), *(route(f"r{i}", hosts=(f"h{i}.test",)) for i in range(30))]
    )
    for number in range(30):
        assert names(index, f"h{number}.test", "/")[-1] == f"r{number}"
        assert index._kept_bytes <= 1000 + 200
