"""What /proc says, read."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from bench.process import (
    BenchError,
    Process,
    cpu_ns,
    descendants,
    free_port,
    memory_bytes,
    on_cores,
    parent_in_stat,
    parents,
)


def test_the_parent_is_found_behind_a_name_with_spaces_and_parentheses():
    assert parent_in_stat("4711 (a (strange) name) S 17 4711 4711 0 -1") == 17


def test_a_family_is_the_process_and_all_below_it():
    assert descendants(1, {2: 1, 3: 2, 4: 9, 9: 0, 5: 3}) == [1, 2, 3, 5]


def test_this_process_has_its_parent():
    assert parents()[os.getpid()] == os.getppid()


def test_cpu_time_grows_with_work():
    before = cpu_ns(os.getpid())
    sum(range(3_000_000))
    assert cpu_ns(os.getpid()) > before


def test_the_peak_is_at_least_what_is_resident():
    assert memory_bytes(os.getpid(), "VmHWM") >= memory_bytes(os.getpid(), "VmRSS") > 0


def test_a_process_that_is_gone_uses_nothing():
    assert (cpu_ns(2**22 + 1), memory_bytes(2**22 + 1, "VmRSS")) == (0, 0)


def test_the_affinity_is_given_back():
    before = os.sched_getaffinity(0)
    with on_cores(frozenset([min(before)])):
        assert os.sched_getaffinity(0) == {min(before)}
    assert os.sched_getaffinity(0) == before


def test_a_server_that_ends_at_once_is_reported_with_its_last_words(tmp_path: Path):
    command = [sys.executable, "-c", "raise SystemExit('no such option')"]
    with (
        Process("broken", command, tmp_path, free_port()) as process,
        pytest.raises(BenchError, match="no such option"),
    ):
        process.wait_until_listening()


def test_a_stopped_server_is_gone(tmp_path: Path):
    port = free_port()
    command = [sys.executable, "-m", "http.server", str(port), "--bind", "127.0.0.1"]
    with Process("server", command, tmp_path, port) as process:
        process.wait_until_listening()
        assert process.family() == [process.pid]
    assert process.pid not in parents()
