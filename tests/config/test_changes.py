"""What is other in another configuration, as people are told."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from config.changes import Change, changes
from config.configuration import Configuration
from config.load import check

ANN = "$scrypt$ln=14,r=8,p=5$PW+vQjXoTomlKLXg7j6VlA$UlpkZeRupI0hOTK0eioyORuMXGb1jJr6Gv3ZvV70upo"

BASE: dict[str, Any] = {
    "version": 1,
    "workers": 1,
    "listeners": [{"name": "public", "address": "127.0.0.1:1", "limits": {"body_bytes": "10MiB"}}],
    "filters": {
        "slow": {"type": "rate_limit", "rate": "5/s"},
        "members": {"type": "basic_auth", "users": {"ann": ANN}},
    },
    "upstreams": {"api": {"endpoints": ["127.0.0.1:9"]}, "other": {"endpoints": ["127.0.0.1:8"]}},
    "caches": {"default": {"memory": "64MiB", "redis": "redis://:hidden@h/0"}},
    "routes": [
        {"name": "a", "match": {"hosts": ["a"]}, "upstream": "api", "cache": "default", "filters": ["slow", "members"]},
        {"name": "b", "match": {"hosts": ["b"]}, "upstream": "other"},
        {"name": "c", "upstream": "api"},
    ],
    "access_log": {"path": "stdout", "fields": ["path"]},
    "error_pages": {"404": {"path": "none.html"}},
}


def read(data: Mapping[str, Any], directory: pathlib.Path, **environ: str) -> Configuration:
    report = check(json.dumps(data), directory, environ, lambda _: [])
    assert report.configuration is not None, [str(error) for error in report.errors]
    return report.configuration


def changed(data: Any, *steps: tuple[str, Any]) -> dict[str, Any]:
    """Copy the data with other values at paths such as `routes.0.match`; None takes one out."""
    copy: dict[str, Any] = json.loads(json.dumps(data))
    for path, value in steps:
        *inner, last = [int(step) if step.isdigit() and step != "404" else step for step in path.split(".")]
        at: Any = copy
        for step in inner:
            at = at.setdefault(step, {}) if isinstance(at, dict) else at[step]
        if value is None:
            del at[last]
        else:
            at[last] = value
    return copy


def told(directory: pathlib.Path, *steps: tuple[str, Any]) -> list[str]:
    return [each.line() for each in changes(read(BASE, directory), read(changed(BASE, *steps), directory))]


def test_nothing_changes_by_the_same(tmp_path: pathlib.Path) -> None:
    assert changes(read(BASE, tmp_path), read(BASE, tmp_path)) == []


@pytest.mark.parametrize(
    ("path", "value", "line"),
    [
        ("workers", 2, "changed workers: 1 → 2"),
        ("drain_timeout", "1m", "changed drain timeout: not set → 1m"),
        ("reload.on_change", True, "changed reload: on_change: not set → true"),
        ("admin.address", "127.0.0.1:2", "added admin"),
        ("access_log", None, "removed access log"),
        ("access_log.fields", ["path", "id"], 'changed access log: fields: ["path"] → ["path", "id"]'),
        (
            "listeners.0.limits.body_bytes",
            "20MiB",
            "changed listener public: limits.body_bytes: 10MiB → 20MiB",
        ),
        (
            "listeners.0.tls.certificates",
            [{"cert": "a", "key": "b"}],
            'changed listener public: tls: not set → {"certificates": [{"cert": "a", "key": "b"}]}',
        ),
        ("filters.slow.rate", "9/s", "changed filter slow: rate: 5/s → 9/s"),
        ("filters.slow.on_error", "open", "changed filter slow: on_error: not set → open"),
        ("filters.new", {"type": "respond", "status": 200}, "added filter new"),
        ("upstreams.api.endpoints.0", "127.0.0.1:10", "changed upstream api: endpoints[0]: 127.0.0.1:9 → 127.0.0.1:10"),
        (
            "upstreams.api.endpoints",
            ["127.0.0.1:9", "127.0.0.1:10"],
            'changed upstream api: endpoints: ["127.0.0.1:9"] → ["127.0.0.1:9", "127.0.0.1:10"]',
        ),
        ("upstreams.api.balance", "least_requests", "changed upstream api: balance: not set → least_requests"),
        ("caches.default.memory", "32MiB", "changed cache default: memory: 64MiB → 32MiB; what it holds is lost"),
        ("caches.spare", {}, "added cache spare"),
        ("routes.1.match.hosts", ["x"], "changed route b: match.hosts[0]: b → x"),
        ("routes.1.upstream", "api", "changed route b: upstream: other → api"),
        ("routes.2.name", "d", None),
        ("error_pages.404.path", "other.html", "changed error page 404: path: none.html → other.html"),
        ("error_pages.503", {"body": "busy"}, "added error page 503"),
    ],
)
def test_each_change_is_one_line(tmp_path: pathlib.Path, path: str, value: Any, line: str | None) -> None:
    assert told(tmp_path, (path, value)) == ([line] if line is not None else ["removed route c", "added route d"])


def test_other_spellings_of_the_same_are_no_change(tmp_path: pathlib.Path) -> None:
    same = [
        ("listeners.0.limits.body_bytes", "10240KiB"),
        ("drain_timeout", "30s"),
        ("upstreams.api.endpoints.0", {"address": "127.0.0.1:9", "weight": 1}),
        ("routes.1.upstream", [{"name": "other"}]),
        ("filters.slow.fields", True),
    ]
    assert told(tmp_path, *same) == []


def test_a_removed_cache_says_what_is_lost(tmp_path: pathlib.Path) -> None:
    assert told(tmp_path, ("caches", None), ("routes.0.cache", None)) == [
        "removed cache default: what it holds is lost",
        "changed route a: cache: default → not set",
    ]


def test_secrets_are_never_shown(tmp_path: pathlib.Path) -> None:
    other = ANN.replace("UlpkZ", "VlpkZ")
    lines = told(tmp_path, ("filters.members.users.ann", other), ("caches.default.redis", "redis://:concealed@h/0"))
    assert lines == [
        "changed filter members: users.ann: (changed)",
        "changed cache default: redis: (changed); what it holds is lost",
    ]


def test_what_the_environment_brings_is_shown_by_its_name(tmp_path: pathlib.Path) -> None:
    data = changed(BASE, ("upstreams.api.endpoints.0", "${API}"))
    one, other = (read(data, tmp_path, API=address) for address in ("10.0.0.1:1", "10.0.0.2:1"))
    assert [each.line() for each in changes(one, other)] == ["changed upstream api: endpoints[0]: (changed)"]


def test_a_secret_that_a_file_brings_counts_as_changed(tmp_path: pathlib.Path) -> None:
    data = changed(BASE, ("caches.default.redis", "file:redis-url"))
    (tmp_path / "redis-url").write_text("redis://:one@h/0")
    one = read(data, tmp_path)
    (tmp_path / "redis-url").write_text("redis://:two@h/0")
    assert [each.detail for each in changes(one, read(data, tmp_path))] == ["redis: (changed); what it holds is lost"]


def test_files_with_other_contents_are_changes(tmp_path: pathlib.Path) -> None:
    page, module = tmp_path / "none.html", tmp_path / "changes_module.py"
    data = changed(BASE, ("routes.1.filters", [{"type": "python", "module": "changes_module:Mine"}]))
    page.write_text("one")
    module.write_text("one = 1")
    one = read(data, tmp_path)
    page.write_text("two")
    module.write_text("two = 2")
    assert [each.line() for each in changes(one, read(data, tmp_path))] == [
        "changed route b: filters[0].module: changes_module.py has other contents",
        "changed error page 404: path: none.html has other contents",
    ]


def test_options_of_a_guest_are_told_key_by_key(tmp_path: pathlib.Path) -> None:
    guest = {"type": "wasm", "module": "x.wasm", "config": {"limit": 1, "api-key": "hidden", "same": 1}}
    one = changed(BASE, ("filters.guest", guest))
    other = changed(one, ("filters.guest.config.limit", 2), ("filters.guest.config.api-key", "concealed"))
    found = changes(read(one, tmp_path), read(other, tmp_path))
    assert [each.detail for each in found] == ["config.limit: 1 → 2; config.api-key: (changed)"]


def test_a_route_that_has_moved_says_so_and_no_other_does(tmp_path: pathlib.Path) -> None:
    routes = BASE["routes"]
    lines = told(tmp_path, ("routes", [routes[2], routes[0], routes[1]]))
    assert lines == ["changed route c: tried as number 1, was 3"]


def test_a_route_before_the_others_moves_none(tmp_path: pathlib.Path) -> None:
    new = {"name": "new", "match": {"hosts": ["new"]}, "upstream": "api"}
    assert told(tmp_path, ("routes", [new, *BASE["routes"]])) == ["added route new"]


def test_changes_come_in_the_order_of_the_documentation(tmp_path: pathlib.Path) -> None:
    steps = [
        ("routes.1.upstream", "api"),
        ("caches.spare", {}),
        ("upstreams.more", {"endpoints": ["127.0.0.1:7"]}),
        ("filters.slow.rate", "9/s"),
        ("listeners.0.address", "127.0.0.1:3"),
        ("workers", 3),
    ]
    kinds = [line.split()[1].strip(":") for line in told(tmp_path, *steps)]
    assert kinds == ["workers", "listener", "filter", "upstream", "cache", "route"]


VARIANTS = st.fixed_dictionaries(
    {
        "workers": st.integers(1, 3),
        "rate": st.sampled_from(["5/s", "9/s"]),
        "upstreams": st.sets(st.sampled_from(["x", "y", "z"])),
        "routes": st.lists(st.sampled_from("defgh"), unique=True),
        "caches": st.sets(st.sampled_from(["p", "q"])),
    }
)


def configured(variant: Mapping[str, Any], directory: pathlib.Path) -> Configuration:
    data = changed(BASE, ("workers", variant["workers"]), ("filters.slow.rate", variant["rate"]))
    data["upstreams"] |= {name: {"endpoints": ["127.0.0.1:5"]} for name in sorted(variant["upstreams"])}
    data["caches"] |= {name: {} for name in sorted(variant["caches"])}
    data["routes"] += [{"name": name, "match": {"hosts": [name]}, "upstream": "api"} for name in variant["routes"]]
    return read(data, directory)


def names(found: list[Change], change: str) -> set[str]:
    return {each.what for each in found if each.change == change}


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(VARIANTS, VARIANTS)
def test_what_is_added_one_way_is_removed_the_other(
    tmp_path: pathlib.Path, one: Mapping[str, Any], other: Mapping[str, Any]
) -> None:
    before, after = configured(one, tmp_path), configured(other, tmp_path)
    there, back = changes(before, after), changes(after, before)
    assert names(there, "added") == names(back, "removed")
    assert names(there, "removed") == names(back, "added")
    assert changes(before, before) == []
    assert bool(there) == (one != other)


def test_functions_are_told_one_by_one(tmp_path: pathlib.Path) -> None:
    named = {"own": {"module": "own.wasm", "config": {"a": 1}, "secrets": {"K": "hush"}}, "gone": {}}
    (tmp_path / "own.wasm").write_bytes(b"one")
    before = changed(BASE, ("functions", {"store": "functions", "named": named}))
    old = read(before, tmp_path)
    (tmp_path / "own.wasm").write_bytes(b"two")
    after = changed(
        before,
        ("functions.store", "elsewhere"),
        ("functions.named.gone", None),
        ("functions.named.coming", {"allow": {"cache": True}}),
        ("functions.named.own.secrets.K", "other"),
        ("functions.named.own.config.a", 2),
    )
    assert changes(old, read(after, tmp_path)) == [
        Change("changed", "functions", "store: functions → elsewhere"),
        Change(
            "changed",
            "function own",
            "config.a: 1 → 2; secrets.K: (changed); module: own.wasm has other contents",
        ),
        Change("removed", "function gone"),
        Change("added", "function coming"),
    ]


def test_the_first_functions_are_new(tmp_path: pathlib.Path) -> None:
    after = changed(BASE, ("functions", {"store": "functions", "named": {"hello": {}}}))
    found = changes(read(BASE, tmp_path), read(after, tmp_path))
    assert found == [Change("added", "functions"), Change("added", "function hello")]
