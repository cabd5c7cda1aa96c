"""Modules on disk: whole or not there, never replaced by something else, and swept when nobody wants them."""

import os
import pathlib
import stat

import pytest
from kit.registered import module, sha256

from wasm_host.functions.registry import blobs as under_test
from wasm_host.functions.registry.blobs import KEPT_S, UNFINISHED, Blobs
from wasm_host.functions.registry.errors import RegistryError

NOW_S = 1_700_000_000.0


@pytest.fixture
def blobs(tmp_path: pathlib.Path) -> Blobs:
    return Blobs(tmp_path)


def aged(file: pathlib.Path, by_s: float) -> None:
    os.utime(file, (NOW_S - by_s, NOW_S - by_s))


def test_a_module_is_found_by_its_hash(blobs: Blobs, tmp_path: pathlib.Path) -> None:
    name = blobs.keep(module("a"))
    assert name == sha256(module("a"))
    assert blobs.read(name) == module("a")
    assert [file.name for file in tmp_path.iterdir()] == [f"{name}.wasm"]
    assert stat.S_IMODE(blobs.file(name).stat().st_mode) == 0o600


def test_a_module_that_is_there_is_not_written_again(blobs: Blobs) -> None:
    file = blobs.file(blobs.keep(module("a")))
    before = file.stat().st_ino
    blobs.keep(module("a"))
    assert file.stat().st_ino == before


def test_a_module_that_comes_again_counts_as_new(blobs: Blobs) -> None:
    file = blobs.file(blobs.keep(module("a")))
    aged(file, KEPT_S)
    blobs.keep(module("a"))
    assert file.stat().st_mtime > NOW_S


def test_a_damaged_module_is_not_returned(blobs: Blobs) -> None:
    name = blobs.keep(module("a"))
    blobs.file(name).write_bytes(module("b"))
    with pytest.raises(RegistryError, match=r"is damaged.*deploy this module again"):
        blobs.read(name)


def test_deploying_it_again_mends_a_damaged_module(blobs: Blobs) -> None:
    name = blobs.keep(module("a"))
    blobs.file(name).write_bytes(module("b"))
    assert blobs.keep(module("a")) == name
    assert blobs.read(name) == module("a")


def test_a_module_that_is_not_there_is_told(blobs: Blobs) -> None:
    with pytest.raises(RegistryError, match=r"No such file.*deploy this module again"):
        blobs.read("00")


def test_a_disk_that_fails_leaves_nothing(
    blobs: Blobs, tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(under_test.os, "fsync", fail)
    with pytest.raises(RegistryError, match="No space left"):
        blobs.keep(module("a"))
    assert not list(tmp_path.iterdir())


def test_what_is_written_is_on_disk_before_it_has_its_name(blobs: Blobs, monkeypatch: pytest.MonkeyPatch) -> None:
    steps: list[str] = []
    sync, rename = os.fsync, os.rename
    monkeypatch.setattr(under_test.os, "fsync", lambda descriptor: (steps.append("sync"), sync(descriptor)))
    monkeypatch.setattr(under_test.os, "rename", lambda *paths: (steps.append("rename"), rename(*paths)))
    blobs.keep(module("a"))
    assert steps == ["sync", "rename", "sync"]


def test_leftovers_are_swept(blobs: Blobs, tmp_path: pathlib.Path) -> None:
    (tmp_path / f"tmp123{UNFINISHED}").write_bytes(b"half")
    blobs.sweep((), NOW_S)
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(("age_s", "stays"), [(KEPT_S - 1, True), (KEPT_S + 1, False)])
def test_a_module_that_nobody_wants_stays_for_a_while(blobs: Blobs, age_s: float, stays: bool) -> None:
    file = blobs.file(blobs.keep(module("a")))
    aged(file, age_s)
    blobs.sweep((), NOW_S)
    assert file.exists() == stays


def test_a_module_that_is_wanted_stays(blobs: Blobs) -> None:
    name = blobs.keep(module("a"))
    aged(blobs.file(name), 10 * KEPT_S)
    blobs.sweep({name}, NOW_S)
    assert blobs.read(name) == module("a")


def test_what_is_somebody_elses_is_left_alone(blobs: Blobs, tmp_path: pathlib.Path) -> None:
    theirs = tmp_path / "README"
    theirs.touch()
    aged(theirs, 10 * KEPT_S)
    blobs.sweep((), NOW_S)
    assert theirs.exists()
