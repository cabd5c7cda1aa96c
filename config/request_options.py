"""The options by which a command is given a request's fields and body."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import wraps
from typing import Any, BinaryIO, TypeAlias

import click

from config.explanation import parse_field

Command: TypeAlias = Callable[..., Any]


def request_options(command: Command) -> Command:
    """Give a command -H, --body and --body-file; it is called with `fields`, a list of pairs, and `body`, bytes."""

    @wraps(command)
    def with_request(
        *arguments: Any, headers: tuple[str, ...], body: str | None, body_file: BinaryIO | None, **options: Any
    ) -> Any:
        if body is not None and body_file is not None:
            raise click.UsageError("give --body or --body-file, not both")
        content = (body or "").encode("utf-8", "surrogateescape") if body_file is None else body_file.read()
        return command(*arguments, fields=_fields(headers), body=content, **options)

    for option in (
        click.option("--body-file", type=click.File("rb"), metavar="FILE", help="The body is in it; - is the input."),
        click.option("--body", metavar="TEXT", help="The request's body."),
        click.option(
            "-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A field of the request."
        ),
    ):
        with_request = option(with_request)
    return with_request


def _fields(texts: Iterable[str]) -> list[tuple[str, str]]:
    try:
        return [parse_field(each) for each in texts]
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--header") from error
