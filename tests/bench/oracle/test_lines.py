"""Guests' lines in hosts' logs."""

from __future__ import annotations

import pytest

from bench.oracle.envoy import EnvoyHost
from bench.oracle.lines import marked, once
from bench.oracle.penstock import PenstockHost

ENVOY_LOG = """\
7|info|wasm log guest: @@ on_configure 1 0
7|error|something else
9|info|wasm log guest: @@ on_configure 1 0
9|warning|wasm log guest: @@ careful
"""


@pytest.mark.parametrize(
    ("line", "wanted"),
    [
        ("12:00 WARNING penstock.wasm guest: @@ careful", ["warn careful"]),
        ('{"level": "info", "message": "guest: @@ text @@ again"}', ['info text @@ again"}']),
        ("@@ bare", ["unknown bare"]),
        ("info: no mark", []),
        ("info: @@ request\0path 0", ["info request.path 0"]),
        ("info: @@ request\\x00path 0", ["info request.path 0"]),
    ],
)
def test_a_marked_line_is_told_with_its_level(line: str, wanted: list[str]):
    assert marked(line) == wanted


@pytest.mark.parametrize(
    ("lines", "block"),
    [("", ""), ("a", "a"), ("aa", "a"), ("aba", "aba"), ("ababab", "ab"), ("abab c", "abab c")],
)
def test_a_start_that_repeats_itself_counts_once(lines: str, block: str):
    assert once(list(lines)) == list(block)


def test_of_envoys_guests_the_workers_counts():
    assert EnvoyHost().lines("", ENVOY_LOG) == ["info on_configure 1 0", "warn careful"]


def test_of_an_envoy_that_has_no_worker_yet_the_trial_counts():
    trial = "".join(ENVOY_LOG.splitlines(keepends=True)[:2])
    assert EnvoyHost().lines(trial, trial) == ["info on_configure 1 0"]


def test_what_penstock_starts_twice_counts_once_and_what_follows_as_it_is():
    started = "INFO guest: @@ start\n" * 2
    assert PenstockHost().lines(started, started + "INFO guest: @@ a\nINFO guest: @@ a\n") == [
        "info start",
        "info a",
        "info a",
    ]
