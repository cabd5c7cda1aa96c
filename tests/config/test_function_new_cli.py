"""`penstock function new`: what is written, and what is never written over."""

from __future__ import annotations

import pathlib

import pytest
from click.testing import CliRunner, Result

from config.cli import main
from config.function_project import Project
from config.function_templates import templates


@pytest.fixture(autouse=True)
def _empty_directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def new(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["function", "new", *arguments])


@pytest.mark.parametrize(("language", "template"), sorted(templates()))
def test_each_template_is_a_project_with_tests(language: str, template: str) -> None:
    result = new("shop", "--lang", language, "--template", template)
    assert (result.exit_code, result.stderr) == (0, "")
    project = Project.of(pathlib.Path("shop"))
    assert (project.name, project.language) == ("shop", language)
    assert project.file.tests


def test_the_next_commands_are_told() -> None:
    assert new("shop", "--lang", "rust").stdout.splitlines() == [
        "shop: src/lib.rs is the function, function.yaml says what it may reach and how it is tested",
        "next:",
        "  cd shop",
        "  penstock function build",
        "  penstock function test",
        "  penstock function deploy",
        "  penstock function invoke shop",
    ]


def test_what_is_there_is_not_written_over() -> None:
    pathlib.Path("shop").mkdir()
    pathlib.Path("shop/README.md").write_text("mine")
    result = new("shop", "--lang", "zig")
    assert (result.exit_code, result.stdout) == (1, "")
    assert result.stderr.startswith("shop/README.md is there already, and nothing was written")
    assert [each.name for each in pathlib.Path("shop").iterdir()] == ["README.md"]


def test_it_may_go_into_a_directory_that_has_other_things(tmp_path: pathlib.Path) -> None:
    (tmp_path / "notes.txt").touch()
    result = new("shop", "--lang", "zig", "--into", ".")
    assert result.exit_code == 0
    assert "cd " not in result.stdout
    assert (tmp_path / "src/main.zig").is_file()


def test_a_directory_that_cannot_be_made_is_said(tmp_path: pathlib.Path) -> None:
    (tmp_path / "file").touch()
    result = new("shop", "--lang", "zig", "--into", "file")
    assert result.exit_code == 1
    assert "give a directory that can be written by --into" in result.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["Shop", "--lang", "rust"], "not the name of a function"),
        (["shop"], "--lang"),
        (["shop", "--lang", "c"], "'rust', 'zig'"),
        (["shop", "--lang", "rust", "--template", "x"], "'cached-api'"),
    ],
)
def test_a_slip_is_told(arguments: list[str], word: str) -> None:
    result = new(*arguments)
    assert result.exit_code == 2
    assert word in result.stderr
