"""One process at a time changes the registry."""

import pathlib
import subprocess
import sys
from contextlib import ExitStack

import pytest

from wasm_host.functions.registry.errors import Busy, RegistryError
from wasm_host.functions.registry.lock import locked

HOLDER = """
import pathlib, sys
from wasm_host.functions.registry.lock import locked
with locked(pathlib.Path(sys.argv[1]), 60):
    print("mine", flush=True)
    sys.stdin.read()
"""


def holder(file: pathlib.Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", HOLDER, str(file)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    )


def test_who_comes_second_is_refused(tmp_path: pathlib.Path) -> None:
    with locked(tmp_path / "lock", 0), pytest.raises(Busy, match="try again"), locked(tmp_path / "lock", 0.05):
        pass


def test_it_is_free_again_afterwards(tmp_path: pathlib.Path) -> None:
    for _ in range(3):
        with locked(tmp_path / "lock", 0):
            pass


def test_two_stores_do_not_meet(tmp_path: pathlib.Path) -> None:
    with ExitStack() as stack:
        for name in ("a", "b"):
            stack.enter_context(locked(tmp_path / name, 0))


def test_another_process_is_waited_for(tmp_path: pathlib.Path) -> None:
    with holder(tmp_path / "lock") as other:
        assert other.stdout is not None
        assert other.stdin is not None
        other.stdout.readline()
        with pytest.raises(Busy), locked(tmp_path / "lock", 0):
            pass
        other.stdin.close()
        with locked(tmp_path / "lock", 60):
            pass


def test_the_lock_goes_with_its_process(tmp_path: pathlib.Path) -> None:
    with holder(tmp_path / "lock") as other:
        assert other.stdout is not None
        other.stdout.readline()
        other.kill()
        other.wait()
        with locked(tmp_path / "lock", 60):
            pass


def test_a_store_that_is_not_there_is_told(tmp_path: pathlib.Path) -> None:
    with pytest.raises(RegistryError, match="No such file"), locked(tmp_path / "none" / "lock", 0):
        pass
