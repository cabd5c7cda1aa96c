"""The command `penstock function new`: a directory with the sources of a function, to begin with."""

from __future__ import annotations

import pathlib
import shlex
import sys
from collections.abc import Mapping

import click

from config.function_templates import LANGUAGES, TEMPLATES, instantiate
from wasm_host.functions.registry.names import checked_name


@click.command()
@click.argument("name")
@click.option("--lang", "language", type=click.Choice(LANGUAGES), required=True, help="What it is written in.")
@click.option(
    "--template", type=click.Choice(TEMPLATES), default="hello", show_default=True, help="What it does at first."
)
@click.option("--into", type=click.Path(path_type=pathlib.Path), metavar="DIR", help="Where; by default ./NAME.")
def new(name: str, language: str, template: str, into: pathlib.Path | None) -> None:
    """Make a directory for the function NAME: sources, SDK, and function.yaml with its tests."""
    try:
        checked_name(name)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="NAME") from error
    directory = into or pathlib.Path(name)
    _write(directory, instantiate(name, language, template))
    source = "src/lib.rs" if language == "rust" else "src/main.zig"
    click.echo(f"{directory}: {source} is the function, function.yaml says what it may reach and how it is tested")
    click.echo("next:")
    for command in (
        *([] if directory == pathlib.Path() else [f"cd {shlex.quote(str(directory))}"]),
        "penstock function build",
        "penstock function test",
        "penstock function deploy",
        f"penstock function invoke {name}",
    ):
        click.echo(f"  {command}")


def _write(directory: pathlib.Path, files: Mapping[str, bytes]) -> None:
    """Write files that are not there; ends where any is, or cannot be."""
    present = [path for path in files if (directory / path).exists()]
    if present:
        click.echo(
            f"{directory / present[0]} is there already, and nothing was written; give another directory by --into",
            err=True,
        )
        sys.exit(1)
    try:
        for path, content in files.items():
            (directory / path).parent.mkdir(parents=True, exist_ok=True)
            with (directory / path).open("xb") as file:
                file.write(content)
    except OSError as error:
        click.echo(f"{error.filename}: {error.strerror}; give a directory that can be written by --into", err=True)
        sys.exit(1)
