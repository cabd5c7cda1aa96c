"""Stands before every page: who calls, whether they may, and what is written down of it.

What a web page has its visitor's browser do is refused whatever the credentials, for the browser may hold them.
"""

from __future__ import annotations

import math
from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias

from aiohttp import hdrs, web

from proxy.admin.access import LOCAL, NOBODY, Access, Caller
from proxy.admin.answers import FAILED, Refused, dress, json_answer
from proxy.admin.attempts import Attempts
from proxy.admin.bearer import CHALLENGE, TOO_LITTLE, UNKNOWN, sent_token
from proxy.admin.call import CALLER, ID, ORDER, SAFE, STATUS, address_of, begin, endpoint_of
from proxy.admin.change_log import Change, ChangeLog
from proxy.admin.connection import Connection
from proxy.admin.endpoints import PAGES
from proxy.admin.hosts import is_ours
from proxy.admin.sources import Sources
from proxy.runtime import log

Handler: TypeAlias = Callable[[web.Request], Awaitable[web.StreamResponse]]

OUTCOMES: Final = {401: "unauthenticated", 403: "forbidden", 421: "misdirected", 429: "limited"}


class Guard:
    """Its middlewares, the first the outermost, are `note`, `explain`, `admit`."""

    def __init__(self, access: Access, log: ChangeLog, sources: Sources) -> None:
        self._access, self._log, self._sources = access, log, sources
        self._guesses, self._denials = Attempts(), Attempts()

    @web.middleware
    async def note(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Count the call, and write down what changes something before it is answered."""
        begin(request)
        if isinstance(request.protocol, Connection):
            request.protocol.heard()
        answer = await handler(request)
        dress(answer)
        answer.headers["X-Request-ID"] = request[ID]
        status = request.get(STATUS, answer.status)
        self._sources.count_admin_request(OUTCOMES.get(status, "answered"))
        if request.method not in SAFE:
            await self._write_down(request, status)
        if request[CALLER].role is None:  # Who is unknown must not fill connections with answers that nobody reads.
            answer.force_close()
        return answer

    async def _write_down(self, request: web.Request, status: int) -> None:
        """Write a line; not all of many that are denied, which whoever gets here may make."""
        address = address_of(request)
        change = Change(request[CALLER], address, request.method, request.path, request.get(ORDER), status, request[ID])
        if change.outcome == "denied":
            if self._denials.wait_s(address):
                return
            self._denials.failed(address)
        await self._log.write(change)

    @web.middleware
    async def explain(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Turn what is raised into answers in JSON."""
        try:
            return await handler(request)
        except Refused as refusal:
            return refusal.answer()
        except web.HTTPNotFound:
            return json_answer({"error": f"there is no {request.path}", "pages": PAGES}, status=404)
        except web.HTTPMethodNotAllowed as error:
            allowed = error.headers[hdrs.ALLOW]
            told = f"{request.method} is not for {request.path}; use {allowed.replace(',', ' or ')}"
            return json_answer({"error": told}, status=405, headers={hdrs.ALLOW: allowed})
        except web.HTTPException as error:
            return json_answer({"error": (error.text or error.reason).strip()}, status=error.status)
        except Exception:
            log.exception("%s %s of the admin failed", request.method, request.path)
            return json_answer({"error": FAILED}, status=500)

    @web.middleware
    async def admit(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        """Let the call through to its page, or raise Refused."""
        if not is_ours(request.host, self._access.hosts):
            raise Refused(421, "call the admin by an IP address, localhost, or a name that its allow_hosts has")
        if request.method not in SAFE and hdrs.ORIGIN in request.headers:  # Browsers send it: Fetch §3.2.
            raise Refused(403, "no web page may change anything here; use penstock's commands, or curl")
        request[CALLER] = caller = self._caller(request)
        endpoint = endpoint_of(request)
        role = "read" if endpoint is None else endpoint.role
        if role is not None and not caller.may(role):
            raise self._too_little(caller)
        return await handler(request)

    def _caller(self, request: web.Request) -> Caller:
        """Return who calls, nobody without credentials; raises Refused for wrong ones, and for too many of them."""
        if self._access.is_open:
            return LOCAL
        token = sent_token(request.headers.getall(hdrs.AUTHORIZATION, ()))
        if token is None or not self._access.tokens:
            return self._access.by_certificate(request.get_extra_info("peercert"))
        address = address_of(request)
        if wait_s := self._guesses.wait_s(address):
            after = str(math.ceil(wait_s))
            told = f"too many wrong tokens came from {address}; try again in {after} s"
            raise Refused(429, told, headers={hdrs.RETRY_AFTER: after})
        caller = self._access.by_token(token)
        if caller is NOBODY:
            self._guesses.failed(address)
            raise Refused(401, "nobody has this token", headers={hdrs.WWW_AUTHENTICATE: UNKNOWN})
        return caller

    def _too_little(self, caller: Caller) -> Refused:
        if caller.role is not None:
            told = f"{caller.name} may only read; this takes the role write"
            return Refused(403, told, headers={hdrs.WWW_AUTHENTICATE: TOO_LITTLE} if caller.by == "token" else None)
        if not self._access.tokens:
            return Refused(403, "show a client certificate that has a role here")
        told = "say who you are: Authorization: Bearer TOKEN" + (
            ", or a client certificate" if self._access.certificates else ""
        )
        return Refused(401, told, headers={hdrs.WWW_AUTHENTICATE: CHALLENGE})
