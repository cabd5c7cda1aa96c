"""What counts as a source, and when a module is what its sources come to."""

from __future__ import annotations

import hashlib
import pathlib

import pytest
from kit.toolchain import sources

from config.function_sources import BuildRecord, hashes_of, source_hashes

MODULE = b"module"


def test_what_is_made_and_what_is_hidden_are_no_sources(tmp_path: pathlib.Path) -> None:
    sources(tmp_path)
    for made in ("build/x", "target/x", "zig-out/x", ".git/x", "src/.swp", "Cargo.lock", "src/build/kept.rs"):
        (tmp_path / made).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / made).touch()
    assert sorted(source_hashes(tmp_path)) == ["Cargo.toml", "src/build/kept.rs", "src/lib.rs"]


def record(directory: pathlib.Path, elsewhere: pathlib.Path) -> BuildRecord:
    (directory / "build").mkdir()
    (directory / "build/hello.wasm").write_bytes(MODULE)
    elsewhere.write_text("shared")
    return BuildRecord("cargo 1", source_hashes(directory), hashes_of([elsewhere]), hashlib.sha256(MODULE).hexdigest())


@pytest.fixture
def places(tmp_path: pathlib.Path) -> tuple[pathlib.Path, pathlib.Path]:
    (tmp_path / "here").mkdir()
    return sources(tmp_path / "here"), tmp_path / "elsewhere.rs"


def test_a_record_holds_while_nothing_changes(places: tuple[pathlib.Path, pathlib.Path]) -> None:
    directory, elsewhere = places
    made = record(directory, elsewhere)
    made.write(directory / "build/record")
    again = BuildRecord.read(directory / "build/record")
    assert again == made
    assert made.holds("cargo 1", directory, directory / "build/hello.wasm")
    assert not made.holds("cargo 2", directory, directory / "build/hello.wasm")


@pytest.mark.parametrize("changed", ["src/lib.rs", "src/new.rs", "build/hello.wasm", "../elsewhere.rs"])
def test_any_change_ends_it(places: tuple[pathlib.Path, pathlib.Path], changed: str) -> None:
    directory, elsewhere = places
    made = record(directory, elsewhere)
    (directory / changed).write_text("another")
    assert not made.holds("cargo 1", directory, directory / "build/hello.wasm")


@pytest.mark.parametrize("gone", ["src/lib.rs", "build/hello.wasm", "../elsewhere.rs"])
def test_what_is_gone_ends_it(places: tuple[pathlib.Path, pathlib.Path], gone: str) -> None:
    directory, elsewhere = places
    made = record(directory, elsewhere)
    (directory / gone).unlink()
    assert not made.holds("cargo 1", directory, directory / "build/hello.wasm")


@pytest.mark.parametrize("text", ["", "[]", "{}", "{", '{"tools": 1, "more": 2}'])
def test_a_record_that_is_not_understood_is_none(tmp_path: pathlib.Path, text: str) -> None:
    assert BuildRecord.read(tmp_path / "record") is None
    (tmp_path / "record").write_text(text)
    assert BuildRecord.read(tmp_path / "record") is None
