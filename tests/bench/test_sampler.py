"""The sampling profiler: what it counts and what it leaves out."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

from bench.sampler import place, stack

ROOT = Path(__file__).parents[2]
BUSY = """\
import time
from pathlib import Path
from bench.sampler import Sampler

def busy():
    end = time.process_time() + 0.4
    while time.process_time() < end:
        pass

Sampler(Path({directory!r})).start()
busy()
"""


def outer() -> set[str]:
    return inner()


def inner() -> set[str]:
    return stack(sys._getframe())


def test_a_function_is_named_by_its_file_first_line_and_name():
    assert place(sys._getframe()).startswith("bench/test_sampler.py:")
    assert place(sys._getframe()).endswith(" test_a_function_is_named_by_its_file_first_line_and_name")


def test_a_stack_holds_each_function_that_waits_for_another():
    names = {name.rpartition(" ")[2] for name in outer()}
    assert {"inner", "outer"} <= names


def test_a_busy_function_is_found_and_kept_for_after_the_end(tmp_path: Path):
    program = BUSY.format(directory=str(tmp_path))
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=30)
    (kept,) = tmp_path.glob("*.profile")
    own = json.loads(kept.read_text())["own"]
    assert max(own, key=own.get).endswith(" busy")
