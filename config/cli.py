"""The command line: `penstock check`, `run`, `plan`, `reload`, `upgrade`, `demo`, `explain`, `schema`, `hash-secret`.

`wasm`, `cache`, `waf` and `function` have commands of their own.
"""

from __future__ import annotations

import json
import pathlib
import sys
from collections.abc import Iterable
from functools import partial

import click

from config.cache_cli import cache
from config.configuration import Configuration
from config.demo import quickstart
from config.explanation import Explanation, parse_field, parse_request
from config.function_cli import function
from config.json_schema import json_schema
from config.load import Around, read
from config.own_modules import import_from
from config.problems import located, nearest
from config.reload import load, plan_of
from config.reload_cli import plan, reload
from config.surroundings import surroundings, surroundings_to_serve
from config.upgrade_cli import upgrade
from config.waf_cli import waf
from config.wasm_cli import wasm
from filters.password import hash_secret
from proxy.errors import ConfigError, ProxyError, StartError
from proxy.exchange import Client
from proxy.pid_file import PidFile
from proxy.plan import Plan
from proxy.supervisor import supervise

_FILE = click.argument("file", type=click.Path(path_type=pathlib.Path))


@click.group()
@click.version_option(package_name="penstock")
def main() -> None:
    """Penstock, a reverse proxy for people who program their edge."""


@main.command()
@_FILE
def check(file: pathlib.Path) -> None:
    """Check a configuration and print every error in it."""
    config = _load(file).config
    counts = [
        _count(len(config.routes), "route"),
        _count(len(config.listeners), "listener"),
        _count(len(config.upstreams), "upstream"),
        _count(len(config.filters), "named filter"),
        *([_count(len(config.caches), "cache")] if config.caches else []),
        *([_count(len(config.functions.named), "named function")] if config.functions is not None else []),
    ]
    click.echo(f"ok: {', '.join(counts)}")


@main.command()
@_FILE
@click.option("--pid-file", type=click.Path(path_type=pathlib.Path), help="Write the process's id here once it serves.")
def run(file: pathlib.Path, pid_file: pathlib.Path | None) -> None:
    """Check a configuration and serve it until SIGTERM or Ctrl-C; SIGHUP reloads it, SIGUSR2 upgrades Penstock."""
    absolute = file.absolute()
    written = None if pid_file is None else PidFile(pid_file.absolute())
    sys.exit(supervise(_plan(absolute, _load(file, surroundings_to_serve)), partial(load, absolute), written))


@main.command()
def demo() -> None:
    """Serve the quick start in front of two small demo origins, all on this machine."""
    configuration = _load(quickstart.FILE)
    sys.exit(quickstart.run(configuration, _plan(quickstart.FILE, configuration)))


@main.command()
@_FILE
@click.argument("request")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A field of the request.")
@click.option("--client", default="127.0.0.1", metavar="IP", help="The client's address.", show_default=True)
@click.option("--listener", metavar="NAME", help="The listener it comes in by; by default the first.")
def explain(file: pathlib.Path, request: str, headers: tuple[str, ...], client: str, listener: str | None) -> None:
    """Say what would become of a REQUEST such as 'GET http://host/path'."""
    configuration = _load(file, surroundings_to_serve)
    try:
        asked = parse_request(request, [parse_field(each) for each in headers])
    except (ValueError, ProxyError) as error:
        raise click.BadParameter(str(error), param_hint="REQUEST") from error
    origin = Client(client, 0, _listener(configuration, listener), tls=asked.scheme == "https")
    for line in Explanation(configuration, asked, origin).lines():
        click.echo(line)


@main.command()
def schema() -> None:
    """Print the JSON Schema of the configuration."""
    click.echo(json.dumps(json_schema(), indent=2))


@main.command("hash-secret")
@click.password_option("--password", help="Asked for if left out; an option shows in the shell's history.")
def hash_one(password: str) -> None:
    """Hash a password for the users of a basic_auth filter."""
    click.echo(hash_secret(password))


main.add_command(wasm)
main.add_command(cache)
main.add_command(waf)
main.add_command(function)
main.add_command(plan)
main.add_command(reload)
main.add_command(upgrade)


def _plan(file: pathlib.Path, configuration: Configuration) -> Plan:
    try:
        return plan_of(file, configuration)
    except StartError as error:
        click.echo(f"{file}: {error}", err=True)
        sys.exit(1)


def _load(file: pathlib.Path, around: Around = surroundings) -> Configuration:
    """Return the checked configuration; print what is wrong and end where there is none."""
    import_from(file.parent)
    report = read(file, around=around)
    _print(file, report.warnings, "warning: ")
    _print(file, report.errors)
    if report.configuration is None:
        click.echo(_count(len(report.errors), "error"), err=True)
        sys.exit(1)
    return report.configuration


def _print(file: pathlib.Path, problems: Iterable[ConfigError], label: str = "") -> None:
    for problem in problems:
        click.echo(located(file, problem, label), err=True)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


def _listener(configuration: Configuration, name: str | None) -> str:
    names = [listener.name for listener in configuration.config.listeners]
    if name is not None and name not in names:
        raise click.BadParameter(f"unknown listener '{name}'{nearest(name, names)}", param_hint="--listener")
    return name or names[0]
