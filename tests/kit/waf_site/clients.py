"""Programs that use the playhouse's site: crawlers, feed readers, mobile apps, curl, other companies' servers."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import aiohttp
from yarl import URL

from kit.waf_site import words

_SENT = json.loads((words.HERE / "clients.json").read_text())
AGENTS: list[str] = _SENT["agents"]
TARGETS: list[str] = _SENT["targets"]
FIELDS: list[dict[str, str]] = _SENT["fields"]
BODIES: list[tuple[str, str, str, str]] = [
    (method, target, kind, body) for method, target, kind, body in _SENT["bodies"]
]
FILES = [
    ("/api/files/stage.png", "image/png", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"),
    ("/api/files/blob", "application/octet-stream", bytes(range(256))),
]


class Client:
    """Sends all of the above to the site at `base`."""

    def __init__(self, base: str) -> None:
        self._base = base

    async def visit(self) -> None:
        jar = aiohttp.DummyCookieJar()
        async with aiohttp.ClientSession(cookie_jar=jar, headers={"User-Agent": AGENTS[0], "Accept": "*/*"}) as session:
            for agent in AGENTS:
                await self._ask(session, "GET", "/plays?page=1", headers={"User-Agent": agent})
            for target in TARGETS:
                await self._ask(session, "GET", target)
            for headers in FIELDS:
                await self._ask(session, "OPTIONS" if "Origin" in headers else "GET", "/plays", headers=headers)
            for method, target, kind, body in BODIES:
                await self._ask(session, method, target, headers={"Content-Type": kind}, data=body.encode())
            for target, kind, content in FILES:
                await self._ask(session, "PUT", target, headers={"Content-Type": kind}, data=content)
            await self._ask(session, "HEAD", "/", headers={})
            await self._forms(session)
        await self._curl()

    async def _ask(self, session: aiohttp.ClientSession, method: str, target: str, **how: Any) -> None:
        async with session.request(
            method, URL(self._base + target, encoded=True), allow_redirects=False, **how
        ) as answer:
            await answer.read()

    async def _forms(self, session: aiohttp.ClientSession) -> None:
        """Send multipart forms as an HTTP library writes them, and each password and comment as a form's field."""
        for name, content, caption in words.FILES:
            form = aiohttp.FormData(quote_fields=False)
            form.add_field("caption", caption)
            form.add_field("meta", json.dumps({"name": name}), content_type="application/json")
            form.add_field("file", content, filename=name, content_type="application/octet-stream")
            await self._ask(session, "POST", "/upload", data=form)
        for text in [*words.PASSWORDS, *words.COMMENTS]:
            await self._ask(session, "POST", "/api/form", data={"text": text, "_method": "put"})
            await self._ask(session, "POST", "/api/json", json={"items": [{"text": text}], "ok": True})

    async def _curl(self) -> None:
        commands = [
            ["-G", "--data-urlencode", "q=O'Brien & sons; row=1", "/search"],
            ["-F", "file=@-;filename=seats.csv;type=text/csv", "-F", "note=it's here", "/upload"],
            ["-d", "comment=plain text, it's unencoded; but honest&stars=5", "/reviews"],
            ["--json", '{"select": ["id", "title"], "from": "plays", "where": {"price": {"lt": 30}}}', "/api/query"],
            ["-T", "-", "/api/files/notes.txt"],
            ["-I", "/plays"],
            ["-H", "Expect: 100-continue", "-d", "x=" + "y" * 2000, "/reviews"],
        ]
        for *options, path in commands:
            process = await asyncio.create_subprocess_exec(
                *("curl", "-s", "-o", "/dev/null", *options, self._base + path), stdin=asyncio.subprocess.PIPE
            )
            await process.communicate(b"id;row\n1;A\n")
            assert process.returncode == 0, options
