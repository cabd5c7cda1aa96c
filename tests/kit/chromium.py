"""Debian's Chromium without a window, driven over the DevTools protocol."""

from __future__ import annotations

import asyncio
import base64
import itertools
import json
import os
import re
import shutil
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from pathlib import Path
from typing import Any, Self

from websockets.asyncio.client import ClientConnection, connect

PATIENCE_S = 20.0
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
SWITCHES = (
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-dev-shm-usage",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-proxy-server",
    "--remote-debugging-port=0",
)

_SAYS = """(async (selector, text) => {
    const element = document.querySelector(selector);
    while (!element.textContent.includes(text)) await new Promise(resolve => setTimeout(resolve, 20));
    return element.textContent;
})(%s, %s)"""

Event = dict[str, Any]


def find() -> str:
    """Return the browser's path; fails with what to install."""
    for name in NAMES:
        if path := shutil.which(name):
            return path
    raise AssertionError(f"no Chromium here (looked for {', '.join(NAMES)}): apt install chromium")


class Chromium:
    """A browser with an empty profile while the block runs."""

    def __init__(self, profile: Path) -> None:
        self._profile = profile

    async def __aenter__(self) -> Self:
        self._process = await asyncio.create_subprocess_exec(
            find(),
            *SWITCHES,
            f"--user-data-dir={self._profile}",
            "about:blank",
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        try:
            async with asyncio.timeout(PATIENCE_S):
                self._socket = await connect(await self._address(), max_size=None, proxy=None)
        except BaseException:
            await self._end()
            raise
        self._draining = asyncio.create_task(self._drain())
        self.tools = DevTools(self._socket)
        return self

    async def _address(self) -> str:
        """Read where the browser listens from what it says; it says much besides."""
        assert self._process.stderr is not None
        said = b""
        while line := await self._process.stderr.readline():
            said += line
            if found := re.search(rb"DevTools listening on (ws://\S+)", line):
                return found[1].decode()
        raise AssertionError(f"Chromium did not start: {said.decode(errors='replace')}")

    async def _drain(self) -> None:
        assert self._process.stderr is not None
        while await self._process.stderr.read(65536):
            pass

    async def __aexit__(self, *_: object) -> None:
        await self.tools.close()
        await self._end()
        await self._draining

    async def _end(self) -> None:
        """Kill the browser and the processes that it started: all are of one group."""
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGKILL)
        await self._process.wait()

    async def open(self, url: str) -> Page:
        target = await self.tools.ask("Target.createTarget", url="about:blank")
        attached = await self.tools.ask("Target.attachToTarget", targetId=target["targetId"], flatten=True)
        page = Page(self.tools, attached["sessionId"])
        for domain in ("Page", "Runtime", "Log"):
            await page.ask(f"{domain}.enable")
        await page.go(url)
        return page


class DevTools:
    """One connection: commands with their answers, and events for whoever listens."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket
        self._numbers = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self.listeners: list[Callable[[Event], None]] = []
        self._reading = asyncio.create_task(self._read())

    async def ask(self, method: str, session: str | None = None, **params: Any) -> dict[str, Any]:
        number = next(self._numbers)
        command: dict[str, Any] = {"id": number, "method": method, "params": params}
        if session is not None:
            command["sessionId"] = session
        answer = self._asked[number] = asyncio.get_running_loop().create_future()
        await self._socket.send(json.dumps(command))
        async with asyncio.timeout(PATIENCE_S):
            result: dict[str, Any] = await answer
        return result

    async def _read(self) -> None:
        async for text in self._socket:
            message = json.loads(text)
            if "id" not in message:
                for listener in self.listeners:
                    listener(message)
            elif "error" in message:
                self._asked.pop(message["id"]).set_exception(AssertionError(message["error"]))
            else:
                self._asked.pop(message["id"]).set_result(message["result"])

    async def close(self) -> None:
        await self._socket.close()
        await self._reading


class Page:
    """One tab. `complaints` are errors that its scripts and its network made."""

    def __init__(self, tools: DevTools, session: str) -> None:
        self._tools, self._session = tools, session
        self.complaints: list[str] = []
        self._loaded = asyncio.Event()
        tools.listeners.append(self._heard)

    async def ask(self, method: str, **params: Any) -> dict[str, Any]:
        return await self._tools.ask(method, self._session, **params)

    def _heard(self, event: Event) -> None:
        if event.get("sessionId") != self._session:
            return
        if event["method"] == "Page.loadEventFired":
            self._loaded.set()
        elif event["method"] == "Runtime.exceptionThrown":
            self.complaints.append(event["params"]["exceptionDetails"]["text"])
        elif event["method"] == "Log.entryAdded" and event["params"]["entry"]["level"] == "error":
            self.complaints.append(event["params"]["entry"]["text"])

    @asynccontextmanager
    async def loading(self) -> AsyncIterator[None]:
        """Wait, after the block, for the page that it leads to."""
        self._loaded.clear()
        yield
        async with asyncio.timeout(PATIENCE_S):
            await self._loaded.wait()

    async def go(self, url: str) -> None:
        async with self.loading():
            answer = await self.ask("Page.navigate", url=url)
            assert "errorText" not in answer, answer

    async def run(self, script: str) -> Any:
        """Return what an expression is; a promise is waited for."""
        answer = await self.ask("Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    async def click(self, selector: str) -> None:
        await self.run(f"document.querySelector({json.dumps(selector)}).click()")

    async def fill(self, selector: str, text: str) -> None:
        await self.run(f"document.querySelector({json.dumps(selector)}).value = {json.dumps(text)}")

    async def choose_file(self, selector: str, file: Path) -> None:
        document = await self.ask("DOM.getDocument")
        found = await self.ask("DOM.querySelector", nodeId=document["root"]["nodeId"], selector=selector)
        await self.ask("DOM.setFileInputFiles", nodeId=found["nodeId"], files=[str(file)])

    async def text(self, selector: str) -> str:
        return str(await self.run(f"document.querySelector({json.dumps(selector)}).textContent"))

    async def says(self, selector: str, text: str) -> str:
        """Wait until an element's text holds some words; returns all of it."""
        return str(await self.run(_SAYS % (json.dumps(selector), json.dumps(text))))

    async def picture(self, file: Path) -> None:
        """Keep what the page looks like, all of it, as a PNG."""
        taken = await self.ask("Page.captureScreenshot", captureBeyondViewport=True)
        await asyncio.to_thread(file.write_bytes, base64.b64decode(taken["data"]))
