"""`penstock function keygen`: the line that it prints is one that the configuration takes."""

from __future__ import annotations

import pathlib

import pytest
from click.testing import CliRunner
from kit.checking import Checking

from config.cli import main


def test_what_is_printed_can_be_put_into_the_configuration(
    tmp_path: pathlib.Path, checked: Checking, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    result = CliRunner().invoke(main, ["function", "keygen", "ci.key"])
    assert (result.exit_code, result.stderr.partition(";")[0]) == (0, "ci.key is the private key")
    report = checked(f"""version: 1
listeners: [{{name: web, address: 127.0.0.1:0}}]
upstreams: {{a: {{endpoints: [127.0.0.1:1]}}}}
routes: [{{name: all, upstream: a}}]
{result.stdout}""")
    assert report.errors == []
    assert report.configuration is not None
    functions = report.configuration.config.functions
    assert functions is not None
    assert functions.trust is not None
    assert list(functions.trust.keys) == ["ci"]


def test_a_file_that_is_there_is_left_alone(tmp_path: pathlib.Path) -> None:
    (tmp_path / "ci.key").write_text("mine")
    result = CliRunner().invoke(main, ["function", "keygen", str(tmp_path / "ci.key")])
    assert (result.exit_code, result.stdout) == (1, "")
    assert (tmp_path / "ci.key").read_text() == "mine"
