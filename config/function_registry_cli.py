"""The commands about what is deployed: `penstock function list`, `versions`, `rollback`, `alias` and `delete`."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from urllib.parse import quote

import click

from config.admin_client import AdminClient
from config.admin_place import admin_options
from config.function_sticky import sticky_option
from proxy.admin.edge_endpoints import EDGE

_JSON: Final = click.option("--json", "as_json", is_flag=True, help="Print the admin's answer.")
_NAME: Final = click.argument("name")


@click.command("list")
@_JSON
@admin_options
def list_functions(as_json: bool, admin: AdminClient) -> None:
    """List the functions, and which version each alias points at."""
    answer = admin.get(EDGE)
    lines = [_summary(each) for each in answer["functions"]]
    _print(answer, lines or ["no function is deployed; penstock function deploy does that"], as_json)


@click.command()
@_NAME
@_JSON
@admin_options
def versions(name: str, as_json: bool, admin: AdminClient) -> None:
    """List the versions of the function NAME, the newest first."""
    answer = admin.get(_of(name))
    _print(answer, _versions(answer), as_json)


@click.command()
@_NAME
@click.argument("version", required=False)
@click.option("--alias", default="live", metavar="ALIAS", help="What is to point at it.", show_default=True)
@_JSON
@admin_options
def rollback(name: str, version: str | None, alias: str, as_json: bool, admin: AdminClient) -> None:
    """Go back to a VERSION of the function NAME, its number or id; by default to what it was before."""
    order = {"alias": alias, **({} if version is None else {"version": version})}
    _changed(admin.ask("POST", f"{_of(name)}/rollback", order), as_json)


@click.command()
@_NAME
@click.argument("alias")
@click.argument("shares", nargs=-1, metavar="VERSION[=PERCENT] …")
@sticky_option
@click.option("--remove", is_flag=True, help="Remove the alias.")
@_JSON
@admin_options
def alias(
    name: str,
    alias: str,
    shares: tuple[str, ...],
    sticky: dict[str, Any] | None,
    remove: bool,
    as_json: bool,
    admin: AdminClient,
) -> None:
    """Let the ALIAS of the function NAME point at one version, or at two by percent, by their numbers or ids.

    One version with a percent below 100 leaves the rest to the one that is there.
    """
    if remove == bool(shares):
        raise click.UsageError("give the versions that it is to point at, or --remove")
    place = f"{_of(name)}/aliases/{quote(alias, safe='')}"
    if remove:
        answer = admin.ask("DELETE", place)
        _print(answer, [f"{name}: {alias} is no more"], as_json)
        return
    order = {**_pointing(shares), **({} if sticky is None else {"sticky": sticky})}
    _changed(admin.ask("PUT", place, order), as_json)


@click.command()
@_NAME
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--force", is_flag=True, help="Also where a route names it, which answers 503 then.")
@_JSON
@admin_options
def delete(name: str, yes: bool, force: bool, as_json: bool, admin: AdminClient) -> None:
    """Delete the function NAME with all its versions; there is no way back."""
    if not yes:
        click.confirm(f"Delete {name} with all its versions?", abort=True, err=True)
    answer = admin.ask("DELETE", f"{_of(name)}{'?force=1' if force else ''}")
    _print(answer, [f"{name} is deleted"], as_json)


def _of(name: str) -> str:
    return f"{EDGE}/{quote(name, safe='')}"


def _pointing(texts: Sequence[str]) -> dict[str, Any]:
    """Return what an alias is to point at; raises BadParameter."""
    shares = [(version, _percent(percent) if equals else None) for version, equals, percent in map(_parted, texts)]
    if len(shares) == 1:
        [(version, percent)] = shares
        return {"version": version, **({} if percent is None else {"percent": percent})}
    given = sum(percent or 0 for _, percent in shares)
    rest = [version for version, percent in shares if percent is None]
    if len(shares) > 2 or len(rest) > 1:
        raise click.BadParameter("write one version, or two with their percents: 3=90 4=10", param_hint="VERSION")
    return {"versions": [{"version": each, "percent": 100 - given if of is None else of} for each, of in shares]}


def _parted(text: str) -> tuple[str, str, str]:
    return text.partition("=")


def _percent(text: str) -> int:
    number = text.removesuffix("%")
    if not (number.isascii() and number.isdigit() and 1 <= int(number) <= 100):
        raise click.BadParameter(f"{text!r} is no percent; write 3=10 for ten percent", param_hint="VERSION")
    return int(number)


def _changed(answer: Mapping[str, Any], as_json: bool) -> None:
    """Say what an alias points at now."""
    _print(answer, [f"{answer['function']}: {answer['alias']} is {_split(answer)} now"], as_json)


def _print(answer: Mapping[str, Any], lines: Sequence[str], as_json: bool) -> None:
    for line in [json.dumps(answer, indent=2)] if as_json else lines:
        click.echo(line)
    for warning in () if as_json else answer.get("warnings", ()):
        click.echo(f"warning: {warning}", err=True)


def _summary(function: Mapping[str, Any]) -> str:
    if function.get("from_file"):
        return f"{function['name']}: from a file of the configuration"
    aliases = ", ".join(f"{alias} is {_split(split)}" for alias, split in function["aliases"].items())
    return f"{function['name']}: {aliases or 'no alias points at it'}"


def _split(split: Mapping[str, Any]) -> str:
    shares = split["versions"]
    if len(shares) == 1:
        return str(shares[0]["version"])
    return " and ".join(f"{each['version']} ({each['percent']} %)" for each in shares)


def _versions(function: Mapping[str, Any]) -> list[str]:
    if function.get("from_file"):
        return [_summary(function)]
    return [_version(each, list(_pointing_at(function, each["version"]))) for each in reversed(function["versions"])]


def _pointing_at(function: Mapping[str, Any], version: str) -> Iterator[str]:
    for name, split in function["aliases"].items():
        for share in split["versions"]:
            if share["version"] == version:
                yield name if share["percent"] == 100 else f"{name} {share['percent']} %"


def _version(version: Mapping[str, Any], aliases: Sequence[str]) -> str:
    at = datetime.fromtimestamp(version["created_at"]).astimezone().isoformat(" ", "seconds")
    about = [
        f"{version['number']:>4}",
        version["version"],
        at,
        f"{version['size']:,} bytes",
        version["abi"],
        *([f"by {version['who']}"] if version["who"] else []),
        *([f"signed by {version['key']}"] if version["key"] else []),
        *([f"[{', '.join(aliases)}]"] if aliases else []),
    ]
    return "  ".join(about)
