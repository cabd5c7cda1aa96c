"""The HTTP client by which a worker's guests call upstreams: aiohttp's, with all off that would add or alter."""

from __future__ import annotations

from typing import Final

import aiohttp
from multidict import CIMultiDict
from yarl import URL

from proxy.errors import ConnectFailed
from proxy.messages import Request, value_of
from proxy.upstream.endpoint import Endpoint

_NOT_OURS_TO_ADD: Final = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")


class CallSessions:
    """One session for TCP and one for each Unix socket, made when first needed, in the loop that runs then."""

    def __init__(self) -> None:
        self._sessions: dict[str | None, aiohttp.ClientSession] = {}

    async def send(self, endpoint: Endpoint, request: Request, *, limited: bool) -> aiohttp.ClientResponse:
        """Send a request with its whole body and wait for the head of the answer; the body is the caller's to read.

        Where the caller has no time limit the upstream's own apply. Raises ConnectFailed, TimeoutError and what aiohttp
        does.
        """
        path = endpoint.address.path
        if path is not None and endpoint.tls is not None:
            raise ConnectFailed(f"{endpoint.name}: aiohttp cannot speak TLS on a Unix socket")
        host, port = ("localhost", None) if path is not None else await endpoint.next_ip()
        times = endpoint.timeouts
        return await self._to(path).request(
            request.method,
            URL.build(
                scheme="http" if endpoint.tls is None else "https",
                host=host,
                port=port,
                path=request.path,
                query_string=request.query or "",
                encoded=True,
            ),
            headers=_headers(request),
            data=request.body or None,
            allow_redirects=False,
            ssl=True if endpoint.tls is None else endpoint.tls,
            server_hostname=endpoint.server_name,
            timeout=aiohttp.ClientTimeout(
                sock_connect=times.connect_s, sock_read=None if limited else times.first_byte_s
            ),
        )

    def _to(self, path: str | None) -> aiohttp.ClientSession:
        found = self._sessions.get(path)
        if found is None:
            found = self._sessions[path] = _session(path)
        return found

    async def close(self) -> None:
        """Close every connection; calls under way were cancelled before."""
        sessions, self._sessions = self._sessions, {}
        for session in sessions.values():
            await session.close()


def _session(path: str | None) -> aiohttp.ClientSession:
    # Without a limit: those who call have theirs.
    connector = aiohttp.TCPConnector(limit=0) if path is None else aiohttp.UnixConnector(path, limit=0)
    return aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        skip_auto_headers=_NOT_OURS_TO_ADD,
    )


def _headers(request: Request) -> CIMultiDict[str]:
    """Return the fields as aiohttp wants them: it writes text as UTF-8, so bytes that are none cannot be kept."""
    headers = CIMultiDict([("Host", request.authority)])
    for name, line in zip(request.headers.names(), request.headers.lines, strict=True):
        headers.add(name.decode("latin-1"), value_of(line).decode("utf-8", "replace"))
    return headers
