"""What the process takes while many times its limit goes through a memory tier."""

import os
import platform
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
LIMIT_BYTES = 32 * 1024 * 1024


def run(*arguments: str) -> str:
    environment = {**os.environ, "PYTHONPATH": f"{ROOT / 'tests'}:{ROOT}"}
    done = subprocess.run([sys.executable, *arguments], env=environment, capture_output=True, text=True, timeout=100)
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


def test_the_threshold_is_taken_where_the_c_library_knows_of_one() -> None:
    code = "from proxy.cache.heap import keep_large_blocks_apart as keep; print(keep())"
    assert run("-c", code) == str("glibc" in platform.libc_ver()[0])


@pytest.mark.parametrize(
    ("smallest_bytes", "largest_bytes"),
    [(1024, 1024 * 1024), (100, 2_000), (100_000, 1024 * 1024)],
    ids=["mixed", "small", "large"],
)
def test_ten_times_the_limit_grow_the_process_by_the_limit_and_a_fifth_at_most(
    smallest_bytes: int, largest_bytes: int
) -> None:
    grown_bytes = int(run("-m", "kit.pushing", str(LIMIT_BYTES), str(smallest_bytes), str(largest_bytes)))
    assert 0.8 * LIMIT_BYTES < grown_bytes <= 1.2 * LIMIT_BYTES
