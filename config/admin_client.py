"""Speaks to the admin of a running Penstock."""

from __future__ import annotations

import asyncio
import json
import ssl
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any, Final

import aiohttp
import click

from config.admin_trust import ANYBODY, Trust
from proxy.admin.endpoints import YAML
from proxy.upstream.address import UNIX_PREFIX

VARIABLE: Final = "PENSTOCK_ADMIN_TOKEN"
TIMEOUT_S: Final = 60.0
"""More than the supervisor waits for its workers, and they may have to build what is reloaded."""

_OF_THE_CALLER: Final = frozenset({401, 403, 421, 429})


class AdminUnreachable(click.ClickException):
    """Nobody answers, or not as an admin does."""


class AdminRefuses(click.ClickException):
    """The admin does not do this, or not for us."""


@dataclass(frozen=True, slots=True)
class AdminClient:
    """`place` is a URL, or `unix:/path`."""

    place: str
    token: str | None = field(default=None, repr=False)
    trust: Trust = ANYBODY

    def get(self, path: str) -> Any:
        """Return a page's JSON; raises AdminUnreachable, and AdminRefuses for any other answer than 200."""
        status, answer = asyncio.run(self._ask("GET", path))
        if status != 200:
            raise AdminRefuses(f"the admin at {self.place} refuses ({status}): {_reason(answer)}")
        return answer

    def post(self, path: str, order: object = None) -> tuple[int, Any]:
        """Give an order; returns the status and the JSON. Raises AdminUnreachable, and AdminRefuses to strangers."""
        return asyncio.run(self._ask("POST", path, json=order))

    def post_text(self, path: str, text: str) -> tuple[int, Any]:
        """Give it a configuration's text; the rest is as with orders."""
        body = BytesIO(text.encode())  # Of bytes as large as these aiohttp warns.
        return asyncio.run(self._ask("POST", path, data=body, headers={"Content-Type": YAML[0]}))

    async def _ask(self, method: str, path: str, **body: Any) -> tuple[int, Any]:
        try:
            async with (
                aiohttp.ClientSession(
                    connector=self._connector(),
                    timeout=aiohttp.ClientTimeout(TIMEOUT_S),
                    headers={} if self.token is None else {"Authorization": f"Bearer {self.token}"},
                ) as session,
                session.request(method, self._url(path), allow_redirects=False, **body) as response,
            ):
                status, answer = response.status, json.loads(await response.text())
        except (aiohttp.ClientError, OSError) as error:
            raise AdminUnreachable(self._why_unreachable(error)) from error
        except ValueError as error:
            raise AdminUnreachable(f"what answers at {self.place} is no admin of Penstock") from error
        if status in _OF_THE_CALLER:
            raise AdminRefuses(self._why_refused(status, answer))
        return status, answer

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
