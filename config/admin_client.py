"""Speaks to a running Penstock: finds its admin, and asks it."""

from __future__ import annotations

import asyncio
import json
import pathlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final, TypeVar

import aiohttp
import click

from config.load import read
from proxy.upstream.address import UNIX_PREFIX, Address

F = TypeVar("F", bound=Callable[..., Any])

USUAL: Final = "http://127.0.0.1:9901"
TIMEOUT_S: Final = 30.0
"""More than the supervisor waits for its workers."""


class AdminUnreachable(click.ClickException):
    """Nobody answers, or not as an admin does."""


@dataclass(frozen=True, slots=True)
class AdminClient:
    """`place` is a URL, or `unix:/path`."""

    place: str

    def get(self, path: str) -> Any:
        """Return a page's JSON; raises AdminUnreachable."""
        return asyncio.run(self._ask("GET", path, None))[1]

    def post(self, path: str, order: object) -> tuple[int, Any]:
        """Give an order; returns the status and the JSON. Raises AdminUnreachable."""
        return asyncio.run(self._ask("POST", path, order))

    async def _ask(self, method: str, path: str, body: object) -> tuple[int, Any]:
        timeout = aiohttp.ClientTimeout(TIMEOUT_S)
        try:
            async with (
                aiohttp.ClientSession(connector=self._connector(), timeout=timeout) as session,
                session.request(method, self._url(path), json=body) as response,
            ):
                return response.status, json.loads(await response.text())
        except (aiohttp.ClientError, OSError) as error:
            raise AdminUnreachable(f"no admin answers at {self.place}: {error or type(error).__name__}") from error
        except ValueError as error:
            raise AdminUnreachable(f"what answers at {self.place} is no admin of Penstock") from error

    def _connector(self) -> aiohttp.BaseConnector | None:
        return aiohttp.UnixConnector(self.place.removeprefix(UNIX_PREFIX)) if self._is_socket else None

    def _url(self, path: str) -> str:
        return ("http://localhost" if self._is_socket else self.place.rstrip("/")) + path

    @property
    def _is_socket(self) -> bool:
        return self.place.startswith(UNIX_PREFIX)


def admin_of(admin: str | None, file: pathlib.Path | None) -> AdminClient:
    """Return the admin that was named, or the one of a configuration, or the usual one; raises UsageError."""
    if admin is not None and file is not None:
        raise click.UsageError("give --admin or -c, not both")
    if file is not None:
        return AdminClient(_place_in(file))
    place = admin or USUAL
    if not place.startswith(("http://", UNIX_PREFIX)):
        raise click.BadParameter(
            f"{place!r} is no place of an admin; write {USUAL} or unix:/path", param_hint="--admin"
        )
    return AdminClient(place)


def _place_in(file: pathlib.Path) -> str:
    report = read(file)
    if report.configuration is None:
        raise click.BadParameter(f"{file} has errors; see penstock check {file}", param_hint="-c")
    admin = report.configuration.config.admin
    if admin is None:
        raise click.BadParameter(f"{file} has no admin; write admin: {{address: 127.0.0.1:9901}}", param_hint="-c")
    address = Address.parse(admin.address)
    if address.path is None and address.port == 0:
        raise click.BadParameter(f"{file} lets the admin have any free port; give --admin", param_hint="-c")
    return admin.address if address.path is not None else f"http://{address}"


def admin_options(command: F) -> F:
    """Give a command the options by which `admin_of` finds an admin."""
    place = click.option("--admin", metavar="URL", help=f"The admin, a URL or unix:/path; by default {USUAL}.")
    file = click.option("-c", "--config", "file", type=click.Path(path_type=pathlib.Path), help="Its configuration.")
    return place(file(command))
