"""Which works and peers make a comparison whole."""

from __future__ import annotations

from bench.comparisons import COMPARISONS
from bench.works import WORKS

PROXY, CACHE = COMPARISONS


def test_each_work_is_of_one_comparison():
    assert [work for comparison in COMPARISONS for work in comparison.works] == list(WORKS)


def test_hits_are_compared_with_caches_alone():
    assert [peer.name for peer in CACHE.peers] == ["penstock", "nginx", "nginx-open", "haproxy", "varnish"]
    assert [peer.name for peer in PROXY.peers] == ["penstock", "nginx", "haproxy", "envoy"]


def test_what_is_narrowed_to_everything_is_still_whole():
    everything = CACHE.narrowed([peer.name for peer in CACHE.peers], [work.name for work in WORKS])
    assert everything == CACHE


def test_a_part_is_not_the_whole():
    part = CACHE.narrowed(["penstock", "nginx"], ["hit", "small"])
    assert ([work.name for work in part.works], [peer.name for peer in part.peers]) == (["hit"], ["penstock", "nginx"])
    assert part != CACHE
