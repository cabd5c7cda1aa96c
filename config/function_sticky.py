"""The option that says what keeps a client on one of two versions."""

from __future__ import annotations

from typing import Any

import click


def parse_sticky(_context: click.Context, _parameter: click.Parameter, value: str | None) -> dict[str, Any] | None:
    """Turn `cookie:NAME`, `header:NAME` or `client` into the admin's JSON; raises BadParameter."""
    if value is None:
        return None
    kind, _, name = value.partition(":")
    if kind == "client" and not name:
        return {"client": True}
    if kind in ("cookie", "header") and name:
        return {kind: name}
    raise click.BadParameter(f"{value!r} is no key; write cookie:NAME, header:NAME or client")


sticky_option = click.option(
    "--sticky",
    callback=parse_sticky,
    metavar="KEY",
    help="Keeps a client on one of two: cookie:NAME, header:NAME or client.",
)
