"""The command line's `penstock waf test`: what rules make of requests in files."""

from __future__ import annotations

import json
import pathlib
import sys
from typing import TYPE_CHECKING, Any, NoReturn

import click

if TYPE_CHECKING:
    from config.waf_options import WafOptions
    from config.waf_requests import Asked
    from config.waf_trial import Outcome

BAD_INPUT = 2
_PATH = click.Path(path_type=pathlib.Path)


@click.command()
@click.argument("requests", nargs=-1, required=True, type=_PATH)
@click.option("--rules", default="builtin", metavar="WHICH", help="A blob, builtin, or rules to compile: a directory.")
@click.option("--paranoia", type=int, default=1, metavar="N", help="1 to 4.", show_default=True)
@click.option("--threshold", type=int, metavar="N", help="The anomaly score of a request from which on it is blocked.")
@click.option("--mode", default="enforce", metavar="WORD", help="enforce or detect.", show_default=True)
@click.option("--set", "variables", multiple=True, metavar="NAME=VALUE", help="A variable of TX, less its tx.")
@click.option("--allow-skipped", is_flag=True, help="Leave out rules of a directory that cannot be taken.")
@click.option("--expect", type=click.Choice(["blocked", "passed"]), help="Fail unless this becomes of all of them.")
@click.option("--json", "as_lines", is_flag=True, help="Print a line of JSON for each request.")
def test(requests: tuple[pathlib.Path, ...], **given: Any) -> None:
    """Run the REQUESTS in text files through rules, and say what would be blocked, and by which rule.

    A file has messages as they go over the wire, with a line ### between two, or lines such as GET /?x=1 alone. Exits
    with 1 where --expect was not met or the guest failed, and with 2 where rules or requests cannot be read.
    """
    import asyncio

    from config.waf_trial import Unstartable, tried

    asked, rules, options = _asked(requests), _rules(given), _options(given)
    try:
        outcomes = asyncio.run(tried(rules, options, asked))
    except Unstartable as error:
        _end(f"{given['rules']}: {error}")
    _print(outcomes, as_lines=given["as_lines"])
    unmet = [each for each in outcomes if not _met(each, given["expect"])]
    for outcome in unmet:
        place = f"{outcome.asked.file}:{outcome.asked.line}"
        click.echo(f"{place}: {outcome.fate}, but expected to be {given['expect'] or 'judged'}", err=True)
    sys.exit(1 if unmet else 0)


def _asked(files: tuple[pathlib.Path, ...]) -> list[Asked]:
    from config.waf_requests import BadRequests, read_requests

    try:
        return [asked for file in files for asked in read_requests(file)]
    except BadRequests as error:
        _end(str(error))


def _rules(given: dict[str, Any]) -> bytes:
    from config.waf_compilation import Unfit, compiled_rules
    from config.waf_rules import read_rules

    source = pathlib.Path(given["rules"])
    try:
        if source.is_dir() or source.suffix in (".conf", ".load"):
            return compiled_rules([source], allow_skipped=given["allow_skipped"]).blob
        return read_rules(given["rules"], pathlib.Path())
    except (Unfit, ValueError) as error:
        _end(str(error))


def _options(given: dict[str, Any]) -> WafOptions:
    """Return the options of a filter in a file that would say the same."""
    from config.document import Document
    from config.problems import validate
    from config.waf_options import WafOptions

    variables = dict(_pair(each) for each in given["variables"])
    options = {"paranoia": given["paranoia"], "mode": given["mode"], "variables": variables}
    if given["threshold"] is not None:
        options["thresholds"] = {"inbound": given["threshold"]}
    checked, errors = validate(WafOptions, options, Document(options))
    if errors:
        _end("\n".join(f"{error.path}: {error.message}" for error in errors))
    found: WafOptions = checked
    return found


def _pair(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise click.BadParameter(f"{text!r} has no value; write NAME=VALUE", param_hint="--set")
    return name, value


def _print(outcomes: list[Outcome], *, as_lines: bool) -> None:
    from config.waf_story import as_json, told

    for line in map(json.dumps, map(as_json, outcomes)) if as_lines else told(outcomes):
        click.echo(line)


def _met(outcome: Outcome, expected: str | None) -> bool:
    """Tell whether a request fared as expected; without expectation, a guest that fails is a failure still."""
    if outcome.fate == "failed":
        return False
    return expected is None or outcome.blocked == (expected == "blocked")


def _end(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(BAD_INPUT)
