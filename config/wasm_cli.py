"""The command line's `penstock wasm`: looks at a module, and runs a request through one.

What the commands need is imported when they run, for wasmtime would make every other command slower by 70 ms.
"""

from __future__ import annotations

import asyncio
import pathlib
import sys
from collections.abc import Callable, Iterable
from typing import Any, NoReturn, TypeVar

import click

from config.explanation import parse_field, parse_request
from config.values import parse_endpoint_address
from proxy.errors import AbiMismatch, ProxyError
from proxy.exchange import Client
from proxy.messages import Headers, Request, Response

T = TypeVar("T")
_MODULE = click.argument("module", metavar="FILE")


@click.group()
def wasm() -> None:
    """Look at WASM modules, and try them as filters. FILE may be `builtin:NAME` for one that comes along."""


@wasm.command()
@_MODULE
def inspect(module: str) -> None:
    """Say what a module is, imports, is called for, and why it cannot run if it cannot."""
    from config.wasm_inspect import inspected

    try:
        inspection = inspected(module, pathlib.Path())
    except AbiMismatch as error:
        _end(str(error))
    for line in inspection.lines():
        click.echo(line)
    sys.exit(1 if inspection.faults else 0)


@wasm.command()
@_MODULE
@click.option("--config", metavar="TEXT|@FILE", help="The guest's configuration, mostly JSON.")
@click.option("--vm-config", metavar="TEXT|@FILE", help="Proxy-Wasm's configuration of the VM.")
@click.option("--root-id", default="", metavar="ID", help="Proxy-Wasm's root id.")
@click.option("-E", "--environment", multiple=True, metavar="KEY=VALUE", help="A variable of WASI's environment.")
@click.option("--limit", "limits", multiple=True, metavar="KEY=VALUE", help="A limit, such as call_time=1s.")
@click.option("--instances", default="shared", metavar="WORD", help="shared or per_request.", show_default=True)
@click.option("--hold-headers", is_flag=True, help="A pause at the headers keeps them until the body was seen.")
@click.option("--log-level", default="trace", metavar="LEVEL", help="The lowest that is shown.", show_default=True)
@click.option("--upstream", "upstreams", multiple=True, metavar="NAME[=URL]", help="One to choose, or to call.")
@click.option("--request", required=True, metavar="'GET http://host/path'", help="What the client asks.")
@click.option("-H", "--header", "headers", multiple=True, metavar="'NAME: VALUE'", help="A field of the request.")
@click.option("--body", metavar="TEXT|@FILE", help="The request's body.")
@click.option("--client", default="127.0.0.1", metavar="IP", help="The client's address.", show_default=True)
@click.option("--response-status", type=click.IntRange(200, 599), default=200, help="The origin's.", show_default=True)
@click.option("-HR", "--response-header", "response_headers", multiple=True, metavar="'NAME: VALUE'", help="Its field.")
@click.option("--response-body", metavar="TEXT|@FILE", help="Its body.")
def run(module: str, **given: Any) -> None:
    """Run a request through a module, with an origin that answers as told, and show what the guest did with it."""
    from config.wasm_run import Rehearsal
    from config.wasm_story import told

    source = _checked(module, given).source("guest")
    request = _request(given)
    rehearsal = Rehearsal(source.path, source.sha256, source.settings, _answer(given), _upstreams(given["upstreams"]))
    client = Client(given["client"], 50000, "desk", tls=request.scheme == "https")
    try:
        story = asyncio.run(rehearsal.play(request, client))
    except AbiMismatch as error:
        _end(str(error))
    for line in told(story):
        click.echo(line)
    sys.exit(1 if story.failures else 0)


def _checked(module: str, given: dict[str, Any]) -> Any:
    """Return the options of a filter in a file that would say the same."""
    from config.document import Document
    from config.problems import validate
    from config.wasm import WasmOptions

    options: dict[str, Any] = {
        "module": module,
        "config": _text(given["config"]),
        "vm_config": _text(given["vm_config"]),
        "environment": dict(map(_pair, given["environment"])),
        "limits": {name: int(value) if value.isdecimal() else value for name, value in map(_pair, given["limits"])},
    }
    options |= {name: given[name] for name in ("root_id", "instances", "hold_headers", "log_level")}
    checked, errors = validate(WasmOptions, options, Document(options))
    if errors:
        raise click.UsageError("\n".join(str(error) for error in errors))
    return checked


def _request(given: dict[str, Any]) -> Request:
    request = _read(lambda: parse_request(given["request"], _fields(given["headers"])), "--request")
    request.headers.drop(b"host")  # As a listener has it: the authority says it.
    body = _bytes(given["body"])
    request.body = body or None
    return request


def _answer(given: dict[str, Any]) -> Response:
    fields, body = _fields(given["response_headers"]), _bytes(given["response_body"])
    return _read(lambda: Response(given["response_status"], Headers.of(fields), body), "--response-header")


def _upstreams(texts: Iterable[str]) -> dict[str, str]:
    urls = dict(map(_pair, texts))
    addresses = [url.rstrip("/").rpartition("://")[2] for url in urls.values() if url]
    _read(lambda: [parse_endpoint_address(each) for each in addresses], "--upstream")
    return urls


def _fields(texts: Iterable[str]) -> list[tuple[str, str]]:
    return _read(lambda: [parse_field(each) for each in texts], "--header")


def _read(read: Callable[[], T], option: str) -> T:
    try:
        return read()
    except (ValueError, ProxyError) as error:
        raise click.BadParameter(str(error), param_hint=option) from error


def _pair(text: str) -> tuple[str, str]:
    name, _, value = text.partition("=")
    return name, value


def _text(given: str | None) -> str:
    return _bytes(given).decode("utf-8", "surrogateescape")


def _bytes(given: str | None) -> bytes:
    """Return a text's bytes, or those of the file that it names after an `@`."""
    if given is None or not given.startswith("@"):
        return (given or "").encode()
    try:
        return pathlib.Path(given[1:]).read_bytes()
    except OSError as error:
        raise click.BadParameter(f"cannot read {given[1:]}: {error.strerror}") from error


def _end(text: str) -> NoReturn:
    click.echo(text, err=True)
    sys.exit(1)
