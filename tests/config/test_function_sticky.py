"""The sticky key as an option."""

from __future__ import annotations

import json
from typing import Any

import click
import pytest
from click.testing import CliRunner, Result

from config.function_sticky import sticky_option


@click.command()
@sticky_option
def command(sticky: dict[str, Any] | None) -> None:
    click.echo(json.dumps(sticky))


def parsed(*arguments: str) -> Result:
    return CliRunner().invoke(command, list(arguments))


@pytest.mark.parametrize(
    ("text", "meant"),
    [("cookie:sid", {"cookie": "sid"}), ("header:X-User", {"header": "X-User"}), ("client", {"client": True})],
)
def test_each_kind_is_understood(text: str, meant: dict[str, Any]) -> None:
    assert json.loads(parsed("--sticky", text).stdout) == meant


def test_without_one_there_is_none() -> None:
    assert parsed().stdout == "null\n"


@pytest.mark.parametrize("text", ["", "sid", "cookie", "cookie:", "client:x"])
def test_anything_else_is_refused(text: str) -> None:
    result = parsed("--sticky", text)
    assert result.exit_code == 2
    assert "write cookie:NAME, header:NAME or client" in result.stderr
