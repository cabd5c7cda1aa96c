"""Which admin a command speaks to, and as whom: by its options, or by the admin's own configuration."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import wraps
from typing import Any, Final, TypeAlias

import click

from config.admin_client import VARIABLE, AdminClient
from config.admin_options import Admin
from config.admin_trust import ANYBODY, Trust
from config.load import read
from config.surroundings import surroundings_to_serve
from proxy.admin.bearer import TOKEN
from proxy.upstream.address import UNIX_PREFIX, Address

Command: TypeAlias = Callable[..., Any]

USUAL: Final = "http://127.0.0.1:9901"

_HERE: Final = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Where this machine finds what listens on all of its addresses."""


@dataclass(frozen=True, slots=True)
class Credentials:
    """What the command line was given to say who asks, and whom."""

    token: str | None = field(default=None, repr=False)
    trust: Trust = ANYBODY


NO_CREDENTIALS: Final = Credentials()


def admin_of(admin: str | None, file: pathlib.Path | None, credentials: Credentials = NO_CREDENTIALS) -> AdminClient:
    """Return the admin that was named, or the one of a configuration, or the usual one; raises UsageError.

    Of a configuration come its token, and the certificates that it shows.
    """
    if admin is not None and file is not None:
        raise click.UsageError("give --admin or -c, not both")
    if file is not None:
        return _configured(file, credentials)
    place = admin or USUAL
    if not place.startswith(("http://", "https://", UNIX_PREFIX)):
        raise click.BadParameter(
            f"{place!r} is no place of an admin; write {USUAL} or unix:/path", param_hint="--admin"
        )
    return AdminClient(place, credentials.token, credentials.trust)


def _configured(file: pathlib.Path, credentials: Credentials) -> AdminClient:
    report = read(file, around=surroundings_to_serve)
    if report.configuration is None:
        raise click.BadParameter(f"{file} has errors; see penstock check {file}", param_hint="-c")
    admin = report.configuration.config.admin
    if admin is None:
        raise click.BadParameter(f"{file} has no admin; write admin: {{address: 127.0.0.1:9901}}", param_hint="-c")
    trust = credentials.trust
    if admin.tls is not None and trust.ca is None:
        located = report.configuration.located
        trust = replace(trust, shown=tuple(pathlib.Path(located(each.cert)) for each in admin.tls.certificates))
    return AdminClient(_place_in(file, admin), credentials.token or _token_in(admin), trust)


def _place_in(file: pathlib.Path, admin: Admin) -> str:
    address = Address.parse(admin.address)
    if address.path is not None:
        return admin.address
    if address.port == 0:
        raise click.BadParameter(f"{file} lets the admin have any free port; give --admin", param_hint="-c")
    here = Address(_HERE.get(address.host, address.host), address.port)
    return f"{'http' if admin.tls is None else 'https'}://{here}"


def _token_in(admin: Admin) -> str | None:
    """Return a token that may write, or else one that may read."""
    tokens = sorted(admin.tokens, key=lambda each: each.role != "write")
    return tokens[0].token.get_secret_value() if tokens else None


_FILE: Final = click.Path(path_type=pathlib.Path)
_CREDENTIALS: Final = (
    click.option("--token", metavar="TOKEN", envvar=VARIABLE, help=f"Who asks; better in {VARIABLE}."),
    click.option("--ca", type=_FILE, help="PEM file of the authority that its certificate must be of."),
    click.option("--cert", type=_FILE, help="PEM file of the certificate to show it."),
    click.option("--key", type=_FILE, help="PEM file of that certificate's key."),
)
_PLACES: Final = (
    click.option("--admin", metavar="URL", help=f"The admin, a URL or unix:/path; by default {USUAL}."),
    click.option("-c", "--config", "file", type=_FILE, help="Its configuration, which has its token too."),
)


def credential_options(command: Command) -> Command:
    """Give a command the options that say who asks an admin; it is called with them as `credentials`."""

    @wraps(command)
    def with_credentials(
        *arguments: Any,
        token: str | None,
        ca: pathlib.Path | None,
        cert: pathlib.Path | None,
        key: pathlib.Path | None,
        **options: Any,
    ) -> Any:
        if token and not TOKEN.fullmatch(token):
            raise click.BadParameter("a token is letters, digits and any of -._~+/", param_hint="--token")
        if (cert is None) != (key is None):
            raise click.UsageError("--cert and --key go together")
        return command(*arguments, credentials=Credentials(token or None, Trust(ca, cert, key)), **options)

    return _with(_CREDENTIALS, with_credentials)


def admin_options(command: Command) -> Command:
    """Give a command the options by which an admin is found; it is called with that as `admin`, an AdminClient."""

    @wraps(command)
    def with_admin(
        *arguments: Any, admin: str | None, file: pathlib.Path | None, credentials: Credentials, **options: Any
    ) -> Any:
        return command(*arguments, admin=admin_of(admin, file, credentials), **options)

    return _with(_PLACES, credential_options(with_admin))


def _with(options: Sequence[Callable[[Command], Command]], command: Command) -> Command:
    for option in reversed(options):
        command = option(command)
    return command
