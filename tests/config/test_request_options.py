"""The options that make a request."""

from __future__ import annotations

import pathlib

import click
import pytest
from click.testing import CliRunner, Result

from config.request_options import request_options


@click.command()
@request_options
def command(fields: list[tuple[str, str]], body: bytes) -> None:
    click.echo(f"{fields} {body!r}")


def given(*arguments: str, **more: bytes) -> Result:
    return CliRunner().invoke(command, list(arguments), **more)


def test_without_them_there_is_nothing() -> None:
    assert given().stdout == "[] b''\n"


def test_fields_are_kept_in_their_order() -> None:
    assert given("-H", "X-A: 1", "--header", "x-a:2:3").stdout == "[('X-A', '1'), ('x-a', '2:3')] b''\n"


def test_a_body_is_text_or_a_file_or_the_input(tmp_path: pathlib.Path) -> None:
    (tmp_path / "body").write_bytes(b"\xff")
    assert given("--body", "é").stdout == "[] b'\\xc3\\xa9'\n"
    assert given("--body-file", str(tmp_path / "body")).stdout == "[] b'\\xff'\n"
    assert given("--body-file", "-", input=b"in").stdout == "[] b'in'\n"


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["-H", "x"], "write 'Name: value'"),
        (["--body", "x", "--body-file", "-"], "not both"),
        (["--body-file", "/nowhere"], "No such file"),
    ],
)
def test_a_slip_is_told(arguments: list[str], word: str) -> None:
    result = given(*arguments)
    assert result.exit_code == 2
    assert word in result.stderr
