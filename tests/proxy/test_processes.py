"""Numbers of several processes as one."""

import os
import subprocess
import sys

from proxy.processes import ProcessesCollector


def values(pids: list[int]) -> dict[str, float]:
    return {metric.name: metric.samples[0].value for metric in ProcessesCollector(pids).collect()}


def test_memory_of_two_processes_is_added() -> None:
    alone = values([])["process_resident_memory_bytes"]
    both = values([os.getpid()])["process_resident_memory_bytes"]
    assert both > 1.9 * alone


def test_the_limit_of_descriptors_is_not_added() -> None:
    assert values([])["process_max_fds"] == values([os.getpid()])["process_max_fds"]


def test_cpu_time_of_a_process_that_ended_still_counts() -> None:
    before = values([])["process_cpu_seconds"]
    subprocess.run([sys.executable, "-c", "for _ in range(5_000_000): pass"], check=True)
    assert values([])["process_cpu_seconds"] - before > 0.03
