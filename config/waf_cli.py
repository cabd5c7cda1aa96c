"""The command line's `penstock waf`: compiles rules, and shows what was compiled."""

from __future__ import annotations

import pathlib
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import click

from config.waf_trial_cli import test

_PATH = click.Path(path_type=pathlib.Path)


@click.group()
def waf() -> None:
    """Compile rules for `waf` filters, look at them, and try them."""


waf.add_command(test)


@waf.command("compile")
@click.argument("rules", nargs=-1, required=True, type=_PATH)
@click.option("-o", "--output", required=True, metavar="FILE", type=_PATH, help="The blob.")
@click.option("--allow-skipped", is_flag=True, help="Leave out what cannot be taken, and list it.")
def compile_command(rules: tuple[pathlib.Path, ...], output: pathlib.Path, allow_skipped: bool) -> None:
    """Compile RULES, files of SecLang or directories of them such as CRS's, to one blob."""
    from config.waf_compilation import compile_to

    with _ending_on_faults():
        for line in compile_to(output, rules, allow_skipped=allow_skipped):
            click.echo(line)


@waf.command()
@click.argument("file", metavar="BLOB", type=_PATH)
def show(file: pathlib.Path) -> None:
    """Say what a blob holds."""
    from config.waf_compilation import shown

    with _ending_on_faults():
        for line in shown(file):
            click.echo(line)


@contextmanager
def _ending_on_faults() -> Iterator[None]:
    from config.waf_compilation import Unfit

    try:
        yield
    except Unfit as error:
        click.echo(str(error), err=True)
        sys.exit(1)
