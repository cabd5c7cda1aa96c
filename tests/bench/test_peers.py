"""Each peer's configuration for each work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import wasmtime
import yaml

from bench.guests import compiled
from bench.measure import Absence, Plan
from bench.origin import config as origin_config
from bench.peers import PEERS, Envoy, HAProxy, Nginx, NginxOpenFiles, Peer, Penstock, Place, Varnish
from bench.works import BROWSER_HEADERS, HITS, PROXYING, SMALL_ANSWER, VISITOR, WORKS, Work

PLACE = Place(Path("/nowhere"), port=8080, admin_port=9901, origin_port=9000)
BY_NAME = {work.name: work for work in WORKS}
PROXIES = [peer for peer in PEERS if not peer.only_stores]
ABLE = [(peer, work) for peer in PEERS for work in WORKS if not peer.lacks(work)]


def text(peer: Peer, work: str) -> str:
    return "\n".join(peer.files(BY_NAME[work], PLACE).values())


@pytest.mark.parametrize(("peer", "work"), ABLE, ids=[f"{peer.name}-{work.name}" for peer, work in ABLE])
def test_a_configuration_names_all_three_ports(peer: Peer, work: Work, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(type(peer), "find", lambda _: Path("/bin/peer"))
    rendered = "\n".join([*peer.files(work, PLACE).values(), *map(str, peer.command(PLACE))])
    assert all(port in rendered for port in ("8080", "9000"))
    assert ("9901" in rendered) == bool(peer.metrics_path)


@pytest.mark.parametrize("peer", PROXIES, ids=lambda peer: peer.name)
def test_header_filters_are_there_only_in_their_work(peer: Peer):
    assert "x-answer-" not in text(peer, "small").lower()
    for i in (1, 2, 3):
        assert f"x-bench-{i}" in text(peer, "filters").lower()
        assert f"x-answer-{i}" in text(peer, "filters").lower()
    assert "x-answer-4" not in text(peer, "filters").lower()


@pytest.mark.parametrize("peer", PROXIES, ids=lambda peer: peer.name)
def test_a_thousand_hosts_are_routed(peer: Peer):
    rendered = text(peer, "routes")
    assert "h0.example" in rendered
    assert "h999.example" in rendered
    assert "h1000.example" not in rendered


def test_penstock_runs_one_worker_with_its_admin_on():
    document = yaml.safe_load(text(Penstock(), "filters"))
    assert document["workers"] == 1
    assert document["admin"] == {"address": "127.0.0.1:9901"}
    assert [step["type"] for step in document["routes"][0]["filters"]] == ["headers"] * 3


def test_envoys_router_comes_after_the_three_filters():
    listener = json.loads(text(Envoy(), "filters"))["static_resources"]["listeners"][0]
    manager = listener["filter_chains"][0]["filters"][0]["typed_config"]
    assert [step["name"] for step in manager["http_filters"]] == [
        "header_mutation_1",
        "header_mutation_2",
        "header_mutation_3",
        "envoy.filters.http.router",
    ]


def test_the_wasm_filter_is_penstocks_only_one_and_has_limits():
    for name, instances in (("wasm", "shared"), ("wasm_per_request", "per_request")):
        (step,) = yaml.safe_load(text(Penstock(), name))["routes"][0]["filters"]
        assert (step["type"], step["instances"]) == ("wasm", instances)
        assert step["module"] == {"path": "header_filter.wasm"}
        assert step["limits"]["call_time"] == "50ms"


@pytest.mark.parametrize("work", ["wasm", "wasm_per_request"])
def test_envoy_runs_the_same_guest_in_v8_before_its_router(work: str):
    listener = json.loads(text(Envoy(), work))["static_resources"]["listeners"][0]
    wasm, router = listener["filter_chains"][0]["filters"][0]["typed_config"]["http_filters"]
    machine = wasm["typed_config"]["config"]["vm_config"]
    assert machine["runtime"] == "envoy.wasm.runtime.v8"
    assert machine["code"]["local"]["filename"] == "/nowhere/header_filter.wasm"
    assert router["name"] == "envoy.filters.http.router"


def test_peers_without_wasm_take_no_part_in_its_works():
    plan = Plan(PROXIES, [BY_NAME["small"], BY_NAME["wasm"]], runs=1, seconds=1.0)
    assert [peer.name for peer in plan.able(BY_NAME["wasm"])] == ["penstock", "envoy"]
    assert plan.absences() == [Absence("wasm", "nginx", "no WASM"), Absence("wasm", "haproxy", "no WASM")]


def test_the_guest_imports_two_functions_and_exports_an_exchanges_whole_life():
    module = wasmtime.Module(wasmtime.Engine(), compiled("header_filter"))
    assert [each.name for each in module.imports] == ["proxy_get_header_map_value", "proxy_add_header_map_value"]
    moments = ("context_create", "request_headers", "response_headers", "log", "done", "delete")
    assert {f"proxy_on_{moment}" for moment in moments} <= {each.name for each in module.exports}


def test_caches_take_no_part_in_proxying_and_envoy_none_in_hits():
    assert {peer.name for peer in PEERS if all(peer.lacks(work) for work in PROXYING)} == {"nginx-open", "varnish"}
    assert {peer.name for peer in PEERS if all(peer.lacks(work) for work in HITS)} == {"envoy"}


def test_a_cache_is_there_only_where_answers_are_stored():
    words = {Penstock: "caches:", Nginx: "proxy_cache bench", HAProxy: "cache-use bench"}
    for peer, word in words.items():
        assert word in text(peer(), "hit")
        assert word not in text(peer(), "small")


def test_nginx_that_keeps_files_open_lets_the_kernel_send_large_ones():
    assert "sendfile off" in text(NginxOpenFiles(), "hit")
    assert "sendfile on" in text(NginxOpenFiles(), "hit64k")
    assert "open_file_cache" not in text(Nginx(), "hit")


def test_varnish_stores_what_comes_with_a_cookie_too():
    assert 'if (req.url ~ "^/fresh/") { unset req.http.Cookie; }' in text(Varnish(), "hit_strangers")


def test_a_visitor_does_not_reload():
    assert {name for name, _ in VISITOR} == set(BROWSER_HEADERS) - {"Cache-Control"}


def test_nginx_and_haproxy_have_one_worker():
    assert "worker_processes 1;" in text(Nginx(), "small")
    assert "nbthread 1" in text(HAProxy(), "small")


def test_the_origins_braces_balance():
    rendered = origin_config(Path("/nowhere"), 9000)
    assert rendered.count("{") == rendered.count("}")


def test_the_small_answer_is_110_bytes_and_the_browser_sends_15_headers():
    assert (len(SMALL_ANSWER), len(BROWSER_HEADERS)) == (110, 15)
