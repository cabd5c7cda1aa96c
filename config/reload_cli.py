"""The commands `penstock plan` and `penstock reload`: what another configuration would change, and changing it."""

from __future__ import annotations

import os
import pathlib
import sys
from collections.abc import Iterable, Mapping
from typing import Any, Final, NoReturn

import click

from config.admin_client import AdminClient
from config.admin_place import USUAL, Credentials, admin_of, admin_options, credential_options
from config.changes import Change, changes
from config.configuration import Configuration
from config.load import Around, check, text_of
from config.own_modules import import_from
from config.problems import located
from config.surroundings import surroundings, surroundings_to_serve
from proxy.errors import ConfigError

CHANGES_FOUND: Final = 2
"""The exit status that `--exit-code` asks for; 1 is for errors."""

_PATH: Final = click.Path(path_type=pathlib.Path)


@click.command()
@click.argument("new", type=_PATH)
@click.option("-c", "--config", "old", type=_PATH, help="Compare with this file; nothing has to run.")
@click.option("--admin", metavar="URL", help=f"Compare with what runs there, a URL or unix:/path; by default {USUAL}.")
@click.option("--exit-code", is_flag=True, help=f"End with {CHANGES_FOUND} where there are changes.")
@credential_options
def plan(
    new: pathlib.Path, old: pathlib.Path | None, admin: str | None, exit_code: bool, credentials: Credentials
) -> None:
    """Print what a reload would change if NEW stood in the place of the configuration, and change nothing."""
    if old is not None and admin is not None:
        raise click.UsageError("give --admin or -c, not both")
    found = _asked(new, admin_of(admin, None, credentials)) if old is None else _compared(new, old)
    _print_changes(found)
    sys.exit(CHANGES_FOUND if found and exit_code else 0)


@click.command()
@admin_options
def reload(admin: AdminClient) -> None:
    """Have a running Penstock read its configuration anew, and print what has changed."""
    status, answer = admin.post("/reload")
    if answer.get("outcome") != "reloaded":
        _end(answer.get("errors") or [f"the admin refuses ({status}): {answer.get('error', answer)}"])
    _print_changes(_read(answer["changes"]))


def _asked(new: pathlib.Path, admin: AdminClient) -> list[Change]:
    """Ask a running Penstock what a file would change; ends where that has errors."""
    status, answer = admin.post_text("/plan", _text(new))
    if "changes" not in answer:
        _end([f"the admin refuses ({status}): {answer.get('error', answer)}"])
    # Those about a place begin with its line, as in FILE:3:5, those about the whole file do not.
    _end_if([f"{new}:{'' if error[:1].isdigit() else ' '}{error}" for error in answer["errors"]])
    return _read(answer["changes"])


def _compared(new: pathlib.Path, old: pathlib.Path) -> list[Change]:
    """Compare two files, the new one as if it stood where the old one does."""
    directory = old.parent
    import_from(directory)
    return changes(_checked(old, directory, surroundings_to_serve), _checked(new, directory))


def _checked(file: pathlib.Path, directory: pathlib.Path, around: Around = surroundings) -> Configuration:
    report = check(_text(file), directory, os.environ, around)
    _end_if([located(file, error) for error in report.errors])
    assert report.configuration is not None, "there are no errors"
    return report.configuration


def _text(file: pathlib.Path) -> str:
    try:
        return text_of(file)
    except ConfigError as error:
        _end([located(file, error)])


def _read(told: Iterable[Mapping[str, Any]]) -> list[Change]:
    return [Change(**each) for each in told]


def _print_changes(found: Iterable[Change]) -> None:
    for line in [each.line() for each in found] or ["no changes"]:
        click.echo(line)


def _end_if(errors: list[str]) -> None:
    if errors:
        _end(errors)


def _end(errors: list[str]) -> NoReturn:
    for error in errors:
        click.echo(error, err=True)
    sys.exit(1)
