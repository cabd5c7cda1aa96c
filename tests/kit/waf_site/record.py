"""Record the site again: `python -m kit.waf_site.record` from tests/, with Chromium and curl installed."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from kit.chromium import Chromium
from kit.waf import line_of
from kit.waf_site.browsing import Visitor
from kit.waf_site.clients import Client
from kit.waf_site.recording import Recorder
from kit.waf_site.serving import serving
from kit.waf_site.site import application

RECORDED = Path(__file__).parent / "recorded"


async def _browser(base: str) -> None:
    with tempfile.TemporaryDirectory() as scratch:
        files = Path(scratch) / "files"
        files.mkdir()
        async with Chromium(Path(scratch) / "profile") as chromium:
            page = await chromium.open(base + "/")
            await Visitor(page, base, files).visit()


async def _others(base: str) -> None:
    await Client(base).visit()


async def record(name: str, visit: Callable[[str], Awaitable[None]]) -> None:
    recorder = Recorder(name)
    app = application()
    app.middlewares.append(recorder.middleware())
    async with serving(app) as address:
        await visit(f"http://{address}")
    RECORDED.mkdir(exist_ok=True)
    (RECORDED / f"{name}.jsonl").write_text("".join(line_of(sent) + "\n" for sent in recorder.sent))


if __name__ == "__main__":
    asyncio.run(record("browser", _browser))
    asyncio.run(record("clients", _others))
