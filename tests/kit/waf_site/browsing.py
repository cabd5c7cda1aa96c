"""A visitor in Chromium, who reads, searches, logs in, writes reviews and articles, uploads, and books seats."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from kit.chromium import Page
from kit.waf_site import words

_SENT = json.loads((words.HERE / "visitor.json").read_text())
_COOKIES: list[str] = _SENT["cookies"]
_CALLS: list[tuple[str, str, Any]] = [(method, target, body) for method, target, body in _SENT["calls"]]

_SEND_FORM = """fetch("/api/form", {method: "POST", body: new URLSearchParams({q: "rock 'n' roll", page: 2})})
    .then(it => it.text())"""
_OPEN_SOCKET = """new Promise(done => {
    const socket = new WebSocket(location.origin.replace("http", "ws") + "/echo?room=o%27casey&v=1");
    socket.onopen = () => { socket.close(); done(); };
    socket.onerror = done;
})"""
_PUT_ELSEWHERE = """fetch(%s, {method: "PUT", headers: {"content-type": "application/json"}, body: "{}"})
    .then(it => it.text(), () => "")"""


class Visitor:
    """Does in one tab what a visitor of the site at `base` would do."""

    def __init__(self, page: Page, base: str, directory: Path) -> None:
        self._page, self._base, self._directory = page, base, directory

    async def visit(self) -> None:
        await self._look_around()
        for first, last, email in words.NAMES:
            await self._register(first, last, email)
        for password in words.PASSWORDS:
            await self._send("/login", "login", {"[name=email]": words.NAMES[0][2], "[name=password]": password})
        for text in words.SEARCHES:
            await self._send("/search", "search", {"[name=q]": text})
        await self._filter()
        for number, text in enumerate(words.COMMENTS):
            fields = {
                "[name=title]": words.SEARCHES[number],
                "[name=comment]": text,
                "[name=website]": "https://blog.example/~me/?p=1&q=2",
            }
            await self._send("/reviews", "review", fields)
        for title, html in words.ARTICLES:
            await self._write(title, html)
        for name, content, caption in words.FILES:
            await self._upload(name, content, caption)
        await self._book()

    async def _look_around(self) -> None:
        await self._go("/")
        for cookie in _COOKIES:
            await self._page.run(f"document.cookie = {json.dumps(cookie + '; path=/')}")
        for path in ("/", "/plays", "/help/sql", "/plays?page=2&ref=o%27casey"):
            await self._go(path)
        for path, link in (("/", "#campaign"), ("/account", "#connect")):
            await self._go(path)
            await self._follow(link)

    async def _go(self, path: str) -> None:
        await self._page.go(self._base + path)

    async def _follow(self, selector: str) -> None:
        async with self._page.loading():
            await self._page.click(selector)

    async def _send(self, path: str, form: str, fields: dict[str, str]) -> None:
        await self._go(path)
        await self._page.run(f"document.querySelector('#{form}').noValidate = true")
        for selector, text in fields.items():
            await self._page.fill(f"#{form} {selector}", text)
        await self._follow(f"#{form} button")

    async def _register(self, first: str, last: str, email: str) -> None:
        await self._page.run("document.cookie = 'visits=' + (Math.random() + '').slice(2, 5)")
        address = {
            "[name=street]": "12½ Quay St. #3; c/o O'Hara",
            "[name=city]": "Baile Átha Cliath",
            "[name=phone]": "+353 (0)1 555-0123",
        }
        person = {
            "[name=first_name]": first,
            "[name=last_name]": last,
            "[name=birthday]": "1984-02-29",
            "[name=password]": "Tr0ub4dor&3",
        }
        rest = {"[name=email]": email, "[name=about]": words.COMMENTS[17]}
        await self._send("/register", "register", {**person, **address, **rest})

    async def _filter(self) -> None:
        for sort in ("created_at desc", "-price,title", "price:asc", "(price)", "venue.name asc nulls last"):
            bounds = {"[name=price_min]": "10", "[name=price_max]": "45.50", "[name=date_from]": "2026-11-07"}
            await self._send("/plays", "filter", {**bounds, "[name='genre[]']": "comedy & drama", "[name=sort]": sort})

    async def _write(self, title: str, html: str) -> None:
        await self._go("/editor")
        await self._page.run(f"document.querySelector('#page').innerHTML = {json.dumps(html)}")
        await self._page.fill("#article [name=title]", title)
        await self._page.fill("#article [name=tags]", "news, autumn; 'best of'")
        await self._follow("#article button")

    async def _upload(self, name: str, content: bytes, caption: str) -> None:
        file = self._directory / name
        file.write_bytes(content)
        await self._go("/upload")
        await self._page.fill("#upload [name=caption]", caption)
        await self._page.choose_file("#upload [type=file]", file)
        await self._follow("#upload button")

    async def _book(self) -> None:
        """Use the API as a page's script does, send a beacon, and open a WebSocket."""
        await self._go("/account")
        for method, target, body in _CALLS:
            options: dict[str, Any] = {"method": method, "headers": {"x-requested-with": "XMLHttpRequest"}}
            if body is not None:
                options["headers"] |= {"content-type": "application/json", "x-csrf-token": "9f+L2w/0aXy3Qm8=="}
                options["body"] = json.dumps(body, ensure_ascii=False)
            await self._page.run(f"fetch({json.dumps(target)}, {json.dumps(options)}).then(it => it.text())")
        beacon = json.dumps({"event": "scroll", "depth": 0.75, "at": ["/plays", "it's", 'a "test"; or so']})
        await self._page.run(f"navigator.sendBeacon('/api/beacon', {json.dumps(beacon)})")
        await self._page.run(_SEND_FORM)
        await self._page.run(_OPEN_SOCKET)
        other = self._base.replace("127.0.0.1", "localhost")
        await self._page.run(_PUT_ELSEWHERE % json.dumps(other + "/api/plays"))
