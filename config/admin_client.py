"""Speaks to the admin of a running Penstock."""

from __future__ import annotations

import asyncio
import json
import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import aiohttp
import click

from config.admin_trust import ANYBODY, Trust
from config.event_stream import Event, EventReader
from proxy.admin.endpoint import EVENTS
from proxy.admin.endpoints import YAML
from proxy.upstream.address import UNIX_PREFIX

VARIABLE: Final = "PENSTOCK_ADMIN_TOKEN"
TIMEOUT_S: Final = 60.0
"""More than the supervisor waits for its workers, and they may have to build what is reloaded."""
FORM_TIMEOUT_S: Final = 300.0
"""What is sent in forms is large, and compiled before the answer."""
SILENCE_S: Final = 60.0
"""A stream has a comment every 15 s (proxy/admin/line_stream.py); without any, nobody is there."""

_OF_THE_CALLER: Final = frozenset({401, 403, 421, 429})


class AdminUnreachable(click.ClickException):
    """Nobody answers, or not as an admin does."""


class AdminRefuses(click.ClickException):
    """The admin does not do this, or not for us."""


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class AdminClient:
    """`place` is a URL, or `unix:/path`."""

    place: str
    token: str | None = field(default=None, repr=False)
    trust: Trust = ANYBODY

    def get(self, path: str) -> Any:
        """Return a page's JSON; raises AdminUnreachable, and AdminRefuses for any other answer than 200."""
        return self.ask("GET", path)

    def ask(self, method: str, path: str, order: object = None) -> Any:
        """Give an order, and return its JSON; raises as `get` does."""
        return self._done(asyncio.run(self._exchange(method, path, json=order)))

    def post(self, path: str, order: object = None) -> tuple[int, Any]:
        """Give an order; returns the status and the JSON. Raises AdminUnreachable, and AdminRefuses to strangers."""
        return self._told(asyncio.run(self._exchange("POST", path, json=order)))

    def post_text(self, path: str, text: str) -> tuple[int, Any]:
        """Give it a configuration's text; the rest is as with orders."""
        body = BytesIO(text.encode())  # Of bytes as large as these aiohttp warns.
        return self._told(asyncio.run(self._exchange("POST", path, data=body, headers={"Content-Type": YAML[0]})))

    def post_form(self, path: str, parts: Mapping[str, tuple[str, bytes]]) -> Any:
        """Send the parts of a form, each with its media type, and return the JSON; raises as `get` does."""
        form = aiohttp.FormData(default_to_multipart=True)
        for name, (kind, content) in parts.items():
            form.add_field(name, BytesIO(content), content_type=kind, filename=name)
        return self._done(asyncio.run(self._exchange("POST", path, data=form, timeout_s=FORM_TIMEOUT_S)))

    def call(self, path: str, order: object, kind: str) -> Reply:
        """Give an order of a media type of its own, and return whatever comes of it; raises AdminUnreachable."""
        body = BytesIO(json.dumps(order).encode())
        return asyncio.run(self._exchange("POST", path, data=body, headers={"Content-Type": kind}))

    def follow(self, path: str, take: Callable[[Event], None], after: str | None = None) -> None:
        """Give on each event of a stream until that ends, those after an id if one is given; raises as `get` does."""
        asyncio.run(self._follow(path, take, after))

    def refusal(self, reply: Reply) -> AdminRefuses:
        """Say why an answer is no good; raises AdminUnreachable where it is no admin's."""
        status, answer = reply.status, self._json(reply)
        if status in _OF_THE_CALLER:
            return AdminRefuses(self._why_refused(status, answer))
        return AdminRefuses(f"the admin at {self.place} refuses ({status}): {_reason(answer)}")

    def _done(self, reply: Reply) -> Any:
        if reply.status != 200:
            raise self.refusal(reply)
        return self._json(reply)

    def _told(self, reply: Reply) -> tuple[int, Any]:
        if reply.status in _OF_THE_CALLER:
            raise self.refusal(reply)
        return reply.status, self._json(reply)

    def _json(self, reply: Reply) -> Any:
        try:
            return json.loads(reply.body)
        except ValueError as error:
            raise AdminUnreachable(f"what answers at {self.place} is no admin of Penstock") from error

    async def _exchange(self, method: str, path: str, timeout_s: float = TIMEOUT_S, **request: Any) -> Reply:
        async with self._answer(method, path, aiohttp.ClientTimeout(timeout_s), **request) as response:
            return Reply(response.status, response.headers, await response.read())

    async def _follow(self, path: str, take: Callable[[Event], None], after: str | None) -> None:
        headers = {"Accept": EVENTS} if after is None else {"Accept": EVENTS, "Last-Event-ID": after}
        within = aiohttp.ClientTimeout(total=None, connect=TIMEOUT_S, sock_read=SILENCE_S)
        async with self._answer("GET", path, within, headers=headers) as response:
            if response.status != 200:
                raise self.refusal(Reply(response.status, response.headers, await response.read()))
            reader = EventReader()
            async for piece in response.content.iter_any():
                for event in reader.feed(piece):
                    take(event)

    @asynccontextmanager
    async def _answer(
        self, method: str, path: str, within: aiohttp.ClientTimeout, **request: Any
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """Have a request answered; raises AdminUnreachable, also for what befalls the answer within."""
        try:
            async with (
                aiohttp.ClientSession(
                    connector=self._connector(),
                    timeout=within,
                    headers={} if self.token is None else {"Authorization": f"Bearer {self.token}"},
                ) as session,
                session.request(method, self._url(path), allow_redirects=False, **request) as response,
            ):
                yield response
        except (aiohttp.ClientError, OSError) as error:
            raise AdminUnreachable(self._why_unreachable(error)) from error

    def _connector(self) -> aiohttp.BaseConnector:
        if self._is_socket:
            return aiohttp.UnixConnector(self.place.removeprefix(UNIX_PREFIX))
        return aiohttp.TCPConnector(ssl=self.trust.context() if self.place.startswith("https://") else True)

    def _url(self, path: str) -> str:
        return ("http://localhost" if self._is_socket else self.place.rstrip("/")) + path

    @property
    def _is_socket(self) -> bool:
        return self.place.startswith(UNIX_PREFIX)

    def _why_unreachable(self, error: Exception) -> str:
        if isinstance(error, aiohttp.ClientConnectorCertificateError):
            return self._why_mistrusted(error.certificate_error)
        cause = error.os_error if isinstance(error, aiohttp.ClientConnectorError) else error
        if isinstance(cause, ssl.SSLError) and "ALERT" in (cause.reason or ""):
            return f"the admin at {self.place} ends the handshake ({cause.reason}): it takes no such --cert"
        if isinstance(cause, ssl.SSLError):
            return f"the admin at {self.place} does not speak TLS ({cause.reason}); is it http://?"
        if isinstance(error, aiohttp.ServerDisconnectedError) and self.place.startswith("http://"):
            return f"what is at {self.place} hangs up; is it https://?"
        return f"no admin answers at {self.place}: {error or type(error).__name__}"

    def _why_mistrusted(self, error: Exception) -> str:
        reason = getattr(error, "verify_message", None) or str(error)
        if self.trust.shown:
            return f"{self.place} shows another certificate than the configuration names ({reason})"
        remedy = (
            "call it by a name that its certificate has, or give -c, its configuration"
            if "mismatch" in reason
            else "give --ca FILE, the authority that signed it, or -c, its configuration"
        )
        return f"the certificate of {self.place} is not to be trusted ({reason}); {remedy}"

    def _why_refused(self, status: int, answer: Any) -> str:
        if status == 401 and self.token is None:
            return f"the admin at {self.place} wants to know who asks: give --token, {VARIABLE}, or -c FILE"
        return f"the admin at {self.place} refuses: {_reason(answer)}"


def _reason(answer: Any) -> str:
    return str(answer.get("error", answer) if isinstance(answer, dict) else answer)
