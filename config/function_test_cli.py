"""The command `penstock function test`: a function's own tests, or one request, on this machine and without a server.

What it needs is imported when it runs, for wasmtime would make every other command slower.
"""

from __future__ import annotations

import asyncio
import json
import pathlib
import sys
from collections.abc import Sequence
from typing import TYPE_CHECKING

import click

from config.explanation import parse_request
from config.function_project import Project
from config.request_options import request_options
from proxy.errors import ProxyError
from proxy.messages import Request

if TYPE_CHECKING:
    from config.function_rehearsal import Verdict

HOST = "function.test"


@click.command()
@click.argument("place", metavar="[DIR|FILE.wasm]", type=click.Path(path_type=pathlib.Path), default=".")
@click.option("--request", "asked", nargs=2, metavar="METHOD URI", help="Send this instead of the tests' requests.")
@request_options
@click.option("--json", "as_json", is_flag=True, help="Print what came of the tests as JSON.")
def test(
    place: pathlib.Path, asked: tuple[str, str] | None, fields: list[tuple[str, str]], body: bytes, as_json: bool
) -> None:
    """Run the tests in function.yaml, or one request, without a server; build the function first.

    Cache, key-value store and rate limits are real, and begin empty with each test. Other servers answer as the file
    says under `http`, and not at all where it does not.
    """
    from config.function_build import built
    from config.progress import Progress

    if asked is None and (fields or body):
        raise click.UsageError("-H, --body and --body-file go with --request")
    if asked is not None and as_json:
        raise click.UsageError("--json goes with the tests, not with --request")
    request = None if asked is None else _request(*asked, fields, body)
    project = Project.of(place)
    module = built(project, Progress()).module
    if request is not None:
        from config.function_trial import tried
        from config.function_trial_story import told

        trial = asyncio.run(tried(module, project.file, request))
        for line in told(trial):
            click.echo(line)
        sys.exit(1 if trial.failure else 0)
    from config.function_rehearsal import rehearse

    _report(asyncio.run(rehearse(module, project.file)), as_json)


def _request(method: str, uri: str, fields: Sequence[tuple[str, str]], body: bytes) -> Request:
    try:
        request = parse_request(f"{method} http://{HOST}{uri if uri.startswith('/') else f'/{uri}'}", fields)
    except (ValueError, ProxyError) as error:
        raise click.BadParameter(str(error), param_hint="--request") from error
    request.headers.drop(b"host")  # As a listener has it: the authority says it.
    request.body = body or None
    return request


def _report(verdicts: Sequence[Verdict], as_json: bool) -> None:
    failed = [each for each in verdicts if each.faults]
    if as_json:
        told = [
            {"name": each.name, "ok": not each.faults, "faults": each.faults, "log": each.lines} for each in verdicts
        ]
        click.echo(json.dumps(told, indent=2))
    elif not verdicts:
        click.echo("function.yaml has no tests; write some under tests, or try one --request")
    else:
        for each in verdicts:
            _show(each)
        click.echo(f"{len(verdicts) - len(failed)} ok, {len(failed)} failed")
    sys.exit(1 if failed else 0)


def _show(verdict: Verdict) -> None:
    word = click.style("failed", fg="red", bold=True) if verdict.faults else click.style("ok", fg="green")
    click.echo(f"{word}{' ' if verdict.faults else '     '}{verdict.name}")
    for fault in verdict.faults:
        click.echo(f"         {fault}")
    for line in verdict.lines if verdict.faults else ():
        click.echo(f"         log: {line}")
