"""`penstock plan` and `penstock reload`, as their user meets them."""

from __future__ import annotations

import pathlib

import pytest
from click.testing import CliRunner, Result

from config.cli import main

WHOLE = """\
version: 1
workers: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
upstreams: {api: {endpoints: ["127.0.0.1:9"]}}
routes: [{name: all, upstream: api}]
error_pages: {404: {path: none.html}}
"""


@pytest.fixture
def old(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "penstock.yaml"
    file.write_text(WHOLE)
    (tmp_path / "none.html").write_text("none")
    return file


@pytest.fixture
def new(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "elsewhere" / "new.yaml"
    file.parent.mkdir()
    file.write_text(WHOLE)
    return file


def penstock(*arguments: object) -> Result:
    return CliRunner().invoke(main, [str(each) for each in arguments])


def test_a_file_changes_nothing_in_its_own_place(old: pathlib.Path) -> None:
    result = penstock("plan", old, "-c", old, "--exit-code")
    assert (result.exit_code, result.stdout) == (0, "no changes\n")


def test_each_change_is_a_line(old: pathlib.Path, new: pathlib.Path) -> None:
    new.write_text(WHOLE.replace("workers: 1", "workers: 4") + "caches: {default: {}}\n")
    result = penstock("plan", new, "-c", old)
    assert (result.exit_code, result.stdout) == (0, "changed workers: 1 → 4\nadded cache default\n")


def test_changes_may_show_in_the_exit_code(old: pathlib.Path, new: pathlib.Path) -> None:
    new.write_text(WHOLE.replace("workers: 1", "workers: 4"))
    assert penstock("plan", new, "-c", old, "--exit-code").exit_code == 2


def test_errors_are_told_and_end_it(old: pathlib.Path, new: pathlib.Path) -> None:
    new.write_text(WHOLE.replace("upstream: api", "upstream: apy"))
    result = penstock("plan", new, "-c", old)
    assert result.exit_code == 1
    assert result.stderr == f"{new}:5:32: routes[0].upstream: unknown upstream 'apy'; did you mean 'api'?\n"


@pytest.mark.parametrize("missing", ["old", "new"])
def test_a_file_that_is_not_there_is_said_not_to_be(old: pathlib.Path, new: pathlib.Path, missing: str) -> None:
    gone = {"old": old, "new": new}[missing]
    gone.unlink()
    result = penstock("plan", new, "-c", old)
    assert (result.exit_code, result.stderr) == (1, f"{gone}: No such file or directory\n")


def test_it_compares_with_one_thing_at_a_time(old: pathlib.Path, new: pathlib.Path) -> None:
    result = penstock("plan", new, "-c", old, "--admin", "http://127.0.0.1:9")
    assert result.exit_code == 2
    assert "give --admin or -c, not both" in result.stderr


def test_without_an_admin_there_is_nobody_to_reload() -> None:
    result = penstock("reload", "--admin", "unix:/nowhere/admin.sock")
    assert result.exit_code == 1
    assert "no admin answers at unix:/nowhere/admin.sock" in result.stderr
