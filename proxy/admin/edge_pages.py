"""The admin's pages about edge functions: what the desk is asked, what workers tell, and calls of functions."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, Final

from aiohttp import hdrs, web

from proxy.admin.answers import Refused, json_answer
from proxy.admin.body import read_object
from proxy.admin.call import CALLER, ORDER, STATUS
from proxy.admin.change_log import without_query
from proxy.admin.desk import Desk, DeskError
from proxy.admin.edge_endpoints import POINTING, ROLLBACK
from proxy.admin.endpoint import EVENTS
from proxy.admin.function_metrics import metrics_of
from proxy.admin.invocation import answer_of, read_invocation
from proxy.admin.line_stream import stream
from proxy.admin.near import near
from proxy.admin.sources import Sources
from proxy.admin.upload import Upload, Uploads
from proxy.errors import StartError
from proxy.function_log import MOST_LINES, TooManyFollowers

NO_DESK: Final = "no functions can be deployed; add functions: {store: functions} to the configuration, and reload"
LINES: Final = 100
LONGEST_WORD: Final = 100
"""More of what a caller wrote does not go into the audit log."""


class EdgePages:
    """Named as the table of endpoints names them. `desk` returns the one that is configured now."""

    def __init__(self, sources: Sources, desk: Callable[[], Desk | None]) -> None:
        self._sources, self._desk = sources, desk
        self._uploads = Uploads()
        self._end = asyncio.Event()

    async def end(self, _: web.Application) -> None:
        """Let those go who follow logs, lest the admin's end wait for them."""
        self._end.set()

    # -- what there is

    async def list_functions(self, _: web.Request) -> web.Response:
        return json_answer(await _told(self._asked().list()))

    async def show_function(self, request: web.Request) -> web.Response:
        name = _name(request)
        shown = await _told(self._asked().show(name))
        return json_answer({**shown, "workers": (await self._sources.functions()).get(name, [])})

    async def function_versions(self, request: web.Request) -> web.Response:
        return json_answer(await _told(self._asked().versions(_name(request))))

    async def function_aliases(self, request: web.Request) -> web.Response:
        name = _name(request)
        shown = await _told(self._asked().show(name))
        return json_answer({"name": name, "aliases": shown["aliases"]})

    def _asked(self, status: int = 404) -> Desk:
        desk = self._desk()
        if desk is None:
            raise Refused(status, NO_DESK)
        return desk

    # -- changes

    async def deploy_function(self, request: web.Request) -> web.Response:
        """Take a version in. 422 where it is refused: nothing has changed then."""
        desk = self._asked(409)
        upload = await self._uploads.read(request)
        request[ORDER] = order = _order_of(upload)
        deployed = await _told(
            desk.deploy(upload.metadata, upload.wasm, self._sources.roll_out, who=request[CALLER].name)
        )
        request[ORDER] = {**order, "version": deployed.get("version")}
        return json_answer(deployed)

    async def point_alias(self, request: web.Request) -> web.Response:
        desk, name, alias = self._asked(409), _name(request), request.match_info["alias"]
        change = await read_object(request, POINTING)
        request[ORDER] = {"function": name, "alias": alias, "version": _short(change.get("version"))}
        return json_answer(
            await _told(desk.point(name, alias, change, self._sources.roll_out, who=request[CALLER].name))
        )

    async def remove_alias(self, request: web.Request) -> web.Response:
        desk, name, alias = self._asked(409), _name(request), request.match_info["alias"]
        request[ORDER] = {"function": name, "alias": alias}
        return json_answer(await _told(desk.unalias(name, alias, self._sources.roll_out)))

    async def roll_back_function(self, request: web.Request) -> web.Response:
        desk, name = self._asked(409), _name(request)
        change = await read_object(request, ROLLBACK)
        request[ORDER] = {"function": name, "version": _short(change.get("version"))}
        return json_answer(await _told(desk.rollback(name, change, self._sources.roll_out, who=request[CALLER].name)))

    async def delete_function(self, request: web.Request) -> web.Response:
        desk, name = self._asked(409), _name(request)
        force = request.query.get("force") == "1"
        request[ORDER] = {"function": name, "force": force}
        return json_answer(await _told(desk.delete(name, self._sources.roll_out, force=force)))

    # -- what it does

    async def invoke_function(self, request: web.Request) -> web.Response:
        name = _name(request)
        request[ORDER] = {"function": name}
        answer = answer_of(await self._sources.invoke(name, await read_invocation(request)))
        request[STATUS] = 200  # of the call, whatever the function's
        return answer

    async def function_logs(self, request: web.Request) -> web.StreamResponse:
        """Return the last lines, or all from now on; who comes back with Last-Event-ID misses none that is kept."""
        name, log = _name(request), self._sources.function_log
        lines = _number(request.query.get("lines", str(LINES)), "lines", MOST_LINES)
        if not log.knows(name):
            await self._check_known(name)
        if not _wants_events(request):
            return json_answer({"name": name, "lines": log.recent(name, lines)})
        seen = request.headers.get("Last-Event-ID")
        past = log.recent(name, lines) if seen is None else log.recent(name, after=_number(seen, "Last-Event-ID"))
        try:
            with log.follow(name, past) as follower:
                return await stream(request, follower, self._end)
        except TooManyFollowers:
            raise Refused(503, "as many follow logs as may; end one of them, or read without follow") from None

    async def function_metrics(self, request: web.Request) -> web.Response:
        name = _name(request)
        families = metrics_of(name, await self._sources.snapshot())
        if not families:
            await self._check_known(name)
        return json_answer({"name": name, "families": families})

    async def _check_known(self, name: str) -> None:
        known = await self._sources.functions()
        if name not in known:
            raise Refused(404, f"there is no function {name}{near(name, known)}")


async def _told(asked: Awaitable[dict[str, Any]]) -> dict[str, Any]:
    try:
        return await asked
    except DeskError as error:
        raise Refused(error.status, str(error)) from None
    except StartError as error:  # of a worker that tried it
        raise Refused(422, str(error)) from None


def _name(request: web.Request) -> str:
    return request.match_info["name"]


def _wants_events(request: web.Request) -> bool:
    if request.method == "HEAD":
        return False
    return request.query.get("follow") == "1" or EVENTS in request.headers.get(hdrs.ACCEPT, "")


def _number(text: str, what: str, most: int | None = None) -> int:
    if not (text.isascii() and text.isdigit() and len(text) < 20) or (most is not None and int(text) > most):
        raise Refused(400, f"{what} must be a whole number" + ("" if most is None else f", at most {most}"))
    return int(text)


def _order_of(upload: Upload) -> dict[str, Any]:
    told: dict[str, Any] = {"function": _short(upload.metadata.get("name"))}
    if upload.wasm is not None:
        return {**told, "bytes": len(upload.wasm)}
    source = upload.metadata.get("source")
    url = source.get("url") if isinstance(source, dict) else None
    return {**told, "url": _short(_without_secrets(url))} if isinstance(url, str) else told


def _without_secrets(url: str) -> str:
    try:
        return without_query(url)
    except ValueError:
        return "…"


def _short(word: object) -> str | None:
    return word[:LONGEST_WORD] if isinstance(word, str) else None
