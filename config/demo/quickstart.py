"""The quick start in front of two demo origins: all at once, with words on what to try."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Final

from config import examples
from config.configuration import Configuration
from config.demo.origin import application
from config.demo.serving import serving
from proxy.errors import StartError
from proxy.plan import Plan
from proxy.sockets import open_socket
from proxy.supervisor import supervise
from proxy.upstream.address import Address

FILE: Final = Path(examples.__path__[0]) / "edge.yaml"

PORT_VARIABLES: Final = ("PENSTOCK_PORT", "ADMIN_PORT", "DEMO_PORT", "NEXT_PORT")
"""Of edge.yaml: the listener's, the admin's and the origins'."""

_WHAT_TO_TRY: Final = """\
Penstock is on http://{proxy}, the demo origin behind it on http://{origin}.
Open the first in a browser, or try:

  curl -i http://{proxy}/hello                     a filter answers; the origin hears nothing of it
  curl --compressed http://{proxy}/                what the origin sees of you; compressed on its way back
  curl -i http://{proxy}/members/                  401; with -u demo:demo you are let in
  curl -i http://{proxy}/account/                  401; with -H 'X-API-Key: open-the-weir' a WASM filter lets you in
  curl -i http://{proxy}/shop/                     another one chooses the origin, and has you keep a cookie
  curl 'http://{proxy}/greet?name=Ada'             an edge function answers: WASM, a fresh instance for each request
  curl -i http://{proxy}/news                      twice: the second is from the cache, as Cache-Status says
  {penstock} cache purge --tag news --admin http://{admin}     and the origin is asked again
  curl -i 'http://{proxy}/api/v1/things?[1-6]'     rewritten, and the sixth within a second is a 429
  curl -N http://{proxy}/events                    server-sent events, as they come
  curl -T {file} http://{proxy}/
  curl -s http://{admin}/metrics | grep ^penstock_http_requests_total
  {penstock} explain {file} 'GET http://{proxy}/old/page'

What follows is its access log. Ctrl-C ends it all.
"""


def run(configuration: Configuration, plan: Plan) -> int:
    """Serve until SIGTERM or Ctrl-C; returns the process's exit status."""
    config = configuration.config
    assert config.admin is not None
    proxy, admin = config.listeners[0].address, config.admin.address
    origin, next_one = (config.upstreams[name].endpoints[0].address for name in ("demo", "next"))
    secret = (config.filters["auth"].model_extra or {})["config"]["jwt"]["secret"]
    try:
        for address, variable in zip((proxy, admin, origin, next_one), PORT_VARIABLES, strict=True):
            _check_free(address, variable)
        with serving(origin, application("demo", secret)), serving(next_one, application("next", secret)):
            print(what_to_try(proxy, admin, origin), flush=True)
            return supervise(plan)
    except StartError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return 1


def what_to_try(proxy: str, admin: str, origin: str) -> str:
    """Return lines that can be pasted into a shell of the present directory."""
    return _WHAT_TO_TRY.format(
        proxy=proxy, admin=admin, origin=origin, file=_nearby(FILE), penstock=_nearby(Path(sys.argv[0]))
    )


def _nearby(path: Path) -> str:
    """Return a path as short as it can be written from here."""
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _check_free(address: str, variable: str) -> None:
    """Raise StartError, with what can be done about it, where an address can't be had."""
    try:
        open_socket(Address.parse(address)).close()
    except StartError as error:
        port = Address.parse(address).port
        raise StartError(
            f"{error}\n"
            f"  Who has it: ss -ltnp 'sport = :{port}'\n"
            f"  Take another: {variable}={port + 1} before the command, as in {variable}={port + 1} make run"
        ) from error
