"""Each peer's configuration for each work."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from bench.origin import config as origin_config
from bench.peers import PEERS, Envoy, HAProxy, Nginx, Peer, Penstock, Place
from bench.works import BROWSER_HEADERS, SMALL_ANSWER, WORKS, Work

PLACE = Place(Path("/nowhere"), port=8080, admin_port=9901, origin_port=9000)
BY_NAME = {work.name: work for work in WORKS}


def text(peer: Peer, work: str) -> str:
    return "\n".join(peer.files(BY_NAME[work], PLACE).values())


@pytest.mark.parametrize("work", WORKS, ids=lambda work: work.name)
@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_a_configuration_names_all_three_ports(peer: Peer, work: Work):
    rendered = "\n".join(peer.files(work, PLACE).values())
    assert all(port in rendered for port in ("8080", "9901", "9000"))


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
def test_header_filters_are_there_only_in_their_work(peer: Peer):
    assert "x-answer-" not in text(peer, "small").lower()
    for i in (1, 2, 3):
        assert f"x-bench-{i}" in text(peer, "filters").lower()
        assert f"x-answer-{i}" in text(peer, "filters").lower()
    assert "x-answer-4" not in text(peer, "filters").lower()


@pytest.mark.parametrize("peer", PEERS, ids=lambda peer: peer.name)
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


def test_nginx_and_haproxy_have_one_worker():
    assert "worker_processes 1;" in text(Nginx(), "small")
    assert "nbthread 1" in text(HAProxy(), "small")


def test_the_origins_braces_balance():
    rendered = origin_config(Path("/nowhere"), 9000)
    assert rendered.count("{") == rendered.count("}")


def test_the_small_answer_is_110_bytes_and_the_browser_sends_15_headers():
    assert (len(SMALL_ANSWER), len(BROWSER_HEADERS)) == (110, 15)
