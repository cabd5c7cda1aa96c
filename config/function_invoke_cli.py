"""The command `penstock function invoke`: one call of a deployed function, through the admin."""

from __future__ import annotations

import base64
import json
from typing import Any, Final
from urllib.parse import quote

import click

from config.admin_client import AdminClient, Reply
from config.admin_place import admin_options
from config.request_options import request_options
from proxy.admin.answers import FIELDS
from proxy.admin.edge_endpoints import EDGE, INVOCATION
from proxy.admin.invocation import DURATION, VERSION

_OURS: Final = frozenset(name.lower() for name in (VERSION, DURATION, *FIELDS, "Date", "X-Request-ID"))
"""The admin's own fields, among those of the function."""


@click.command()
@click.argument("name")
@click.argument("method", default=None, required=False)
@click.argument("path", default="/")
@request_options
@click.option("--alias", metavar="ALIAS", help="By default live.")
@click.option("--version", metavar="VERSION", help="One that an alias points at.")
@click.option("-i", "--include", is_flag=True, help="Print the status and the fields before the body.")
@click.option("--json", "as_json", is_flag=True, help="Print status, fields and body as JSON.")
@admin_options
def invoke(
    name: str,
    method: str | None,
    path: str,
    fields: list[tuple[str, str]],
    body: bytes,
    alias: str | None,
    version: str | None,
    include: bool,
    as_json: bool,
    admin: AdminClient,
) -> None:
    """Call the function NAME: GET, or POST with a body, and / unless given. The body goes to standard output."""
    if alias is not None and version is not None:
        raise click.UsageError("give --alias or --version, not both")
    order = {
        "method": method or ("POST" if body else "GET"),
        "uri": path if path.startswith("/") else f"/{path}",
        "headers": fields,
        "body_base64": base64.b64encode(body).decode(),
        **({} if alias is None else {"alias": alias}),
        **({} if version is None else {"version": version}),
    }
    reply = admin.call(f"{EDGE}/{quote(name, safe='')}", order, INVOCATION[0])
    if VERSION not in reply.headers:
        raise admin.refusal(reply)
    if as_json:
        click.echo(json.dumps(_told(reply), indent=2))
        return
    click.echo(f"{reply.status}, by version {reply.headers[VERSION]} in {reply.headers[DURATION]} ms", err=True)
    if include:
        click.echo("".join(f"{line}\n" for line in (reply.status, *map(": ".join, _fields(reply)))))
    click.echo(reply.body, nl=False)


def _fields(reply: Reply) -> list[tuple[str, str]]:
    return [(name, value) for name, value in reply.headers.items() if name.lower() not in _OURS]


def _told(reply: Reply) -> dict[str, Any]:
    try:
        body = {"body": reply.body.decode()}
    except UnicodeDecodeError:
        body = {"body_base64": base64.b64encode(reply.body).decode()}
    return {
        "status": reply.status,
        "version": reply.headers[VERSION],
        "duration_ms": float(reply.headers[DURATION]),
        "headers": _fields(reply),
        **body,
    }
