"""The command `penstock function logs`: what a deployed function logged, or each line from now on."""

from __future__ import annotations

import json
from datetime import datetime
from time import sleep
from typing import Any, Final
from urllib.parse import quote

import click

from config.admin_client import AdminClient, AdminUnreachable
from config.admin_place import admin_options
from config.event_stream import Event
from proxy.admin.edge_endpoints import EDGE
from proxy.function_log import MOST_LINES

RETRY_S: Final = 1.0
_COLOURS: Final = {"warn": "yellow", "error": "red", "critical": "red", "debug": "cyan", "trace": "cyan"}


@click.command()
@click.argument("name")
@click.option(
    "--lines", type=click.IntRange(0, MOST_LINES), default=100, show_default=True, help="How many of the last."
)
@click.option("-f", "--follow", is_flag=True, help="Go on with each line that comes, until Ctrl-C.")
@click.option("--json", "as_json", is_flag=True, help="Print each line as JSON.")
@admin_options
def logs(name: str, lines: int, follow: bool, as_json: bool, admin: AdminClient) -> None:
    """Print what the function NAME logged, in all workers."""
    place = f"{EDGE}/{quote(name, safe='')}/logs?lines={lines}"
    if follow:
        Following(admin, f"{place}&follow=1", as_json).go_on()
        return
    for line in admin.get(place)["lines"]:
        click.echo(_spelled(line, as_json))


class Following:
    """Reads a stream again where it breaks off, as it does when Penstock is upgraded, from the last line that came."""

    def __init__(self, admin: AdminClient, place: str, as_json: bool) -> None:
        self._admin, self._place, self._as_json = admin, place, as_json
        self._last: str | None = None
        self._begun = False

    def go_on(self) -> None:
        """Print until Ctrl-C; raises AdminUnreachable where nobody was there at first, and AdminRefuses."""
        try:
            while True:
                self._once()
                sleep(RETRY_S)
        except KeyboardInterrupt:
            return

    def _once(self) -> None:
        try:
            self._admin.follow(self._place, self._take, self._last)
            self._begun, why = True, "the admin has ended the stream"
        except AdminUnreachable as error:
            if not self._begun:
                raise
            why = error.message
        click.echo(f"{why}; asking again", err=True)

    def _take(self, event: Event) -> None:
        self._begun, self._last = True, event.id
        told = json.loads(event.data)
        if event.kind == "lost":
            click.echo(f"{told['lines']} lines were lost on the way here", err=True)
        elif event.kind == "line":
            click.echo(_spelled(told, self._as_json))


def _spelled(line: dict[str, Any], as_json: bool) -> str:
    if as_json:
        return json.dumps(line)
    at = datetime.fromtimestamp(line["at"]).astimezone().isoformat(" ", "milliseconds")
    level = click.style(f"{line['level']:5}", fg=_COLOURS.get(line["level"]))
    return f"{at}  {level}  {line['version'][:8]}  {line['text']}"
