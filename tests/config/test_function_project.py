"""What a directory or a module is as a function, and what is said where it is none."""

from __future__ import annotations

import pathlib

import pytest
from kit.toolchain import RUST, ZIG, sources

from config.function_project import NoProject, Project


@pytest.mark.parametrize(("files", "language"), [(RUST, "rust"), (ZIG, "zig")])
def test_the_language_is_told_by_the_files(
    tmp_path: pathlib.Path, files: tuple[tuple[str, str], ...], language: str
) -> None:
    project = Project.of(sources(tmp_path, files))
    assert (project.name, project.language) == ("hello", language)
    assert project.module == tmp_path / "build" / "hello.wasm"


def test_sources_in_no_language_that_is_known_are_not_built(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NoProject, match=r"neither Cargo.toml nor src/main.zig.*FILE.wasm"):
        _ = Project.of(sources(tmp_path, ())).language


def test_what_a_deploy_sends_is_spelled_as_it_is_written(tmp_path: pathlib.Path) -> None:
    project = Project.of(sources(tmp_path, about="allow: {kv: true}\ntests: []"))
    assert project.settings == {"limits": {"cpu": "5s"}, "allow": {"kv": True}}


def test_a_directory_without_the_file_is_no_functions(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NoProject, match=r"has no function.yaml.*penstock function new NAME"):
        Project.of(tmp_path)


def test_every_error_of_the_file_is_told_with_its_place(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NoProject) as fault:
        Project.of(sources(tmp_path, about="alow: {}\ninput: bodies"))
    first, second = sorted(fault.value.message.splitlines())
    assert first.startswith(f"{tmp_path}/function.yaml:3:1: alow: unknown key 'alow'; did you mean 'allow'?")
    assert second.startswith(f"{tmp_path}/function.yaml:4:8: input: unknown word 'bodies'")


def test_a_file_that_is_no_text_is_refused(tmp_path: pathlib.Path) -> None:
    (sources(tmp_path) / "function.yaml").write_bytes(b"\xff")
    with pytest.raises(NoProject, match=r"function.yaml: "):
        Project.of(tmp_path)


def test_what_is_not_there_is_said(tmp_path: pathlib.Path) -> None:
    with pytest.raises(NoProject, match=r"nowhere is not there; give a function's directory, or a \.wasm file"):
        Project.of(tmp_path / "nowhere")


@pytest.mark.parametrize("place", ["other.wasm", "build/other.wasm"])
def test_a_module_has_the_file_beside_it_or_above_build(tmp_path: pathlib.Path, place: str) -> None:
    module = tmp_path / place
    module.parent.mkdir(exist_ok=True)
    module.touch()
    project = Project.of(sources(tmp_path).joinpath(place))
    assert (project.name, project.module, project.ready) == ("hello", module, module)


def test_a_module_elsewhere_is_named_by_its_file_and_may_reach_nothing(tmp_path: pathlib.Path) -> None:
    module = sources(tmp_path) / "elsewhere" / "greeting.wasm"
    module.parent.mkdir()
    module.touch()
    project = Project.of(module)
    assert (project.name, project.settings, project.file.allow.kv) == ("greeting", {}, None)


def test_a_name_that_no_function_can_have_is_refused(tmp_path: pathlib.Path) -> None:
    (tmp_path / "My Function.wasm").touch()
    with pytest.raises(NoProject, match=r"not the name of a function.*or write function.yaml beside it"):
        Project.of(tmp_path / "My Function.wasm")
