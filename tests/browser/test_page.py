"""A page in headless Chromium, through `penstock demo`: what a browser does arrives, and what comes back is shown."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from kit.chromium import Chromium, Page
from kit.demo import Demo

pytestmark = pytest.mark.browser


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with Demo() as demo:
        yield demo


@pytest.fixture
async def page(demo: Demo, tmp_path: Path) -> AsyncIterator[Page]:
    async with Chromium(tmp_path / "profile") as chromium:
        page = await chromium.open(demo.url())
        yield page
        assert page.complaints == []


async def seen(page: Page) -> dict[str, str]:
    """Return the table of what the origin saw, names in lower case."""
    rows = "[...document.querySelectorAll('#seen tr')].map(row => [...row.cells].map(cell => cell.textContent))"
    return {name.lower(): value for name, value in await page.run(rows)}


async def test_the_page_comes_through_the_proxy_compressed(page: Page, demo: Demo) -> None:
    assert await page.text("h1") == "The demo origin"
    assert (await seen(page))["via"] == "1.1 penstock"
    entry: dict[str, Any] = await page.run("performance.getEntriesByType('navigation')[0].toJSON()")
    assert 0 < entry["encodedBodySize"] < entry["decodedBodySize"] / 2


async def test_a_form_sent_with_get_arrives(page: Page) -> None:
    await page.fill("#get-form input", "weir & écluse?")
    async with page.loading():
        await page.click("#get-form button")
    arrived = await seen(page)
    assert arrived["target"] == "/form?word=weir+%26+%C3%A9cluse%3F"
    assert arrived["query word"] == "weir & écluse?"


async def test_a_form_sent_with_post_arrives(page: Page) -> None:
    await page.fill("#post-form input", "weir & écluse?")
    async with page.loading():
        await page.click("#post-form button")
    arrived = await seen(page)
    assert (arrived["method"], arrived["form word"]) == ("POST", "weir & écluse?")


async def test_an_uploaded_file_arrives_whole(page: Page, tmp_path: Path) -> None:
    content = bytes(number * 31 % 256 for number in range(257)) * 10_000
    file = tmp_path / "Schütz 1.bin"
    file.write_bytes(content)
    await page.choose_file("#upload-form [type=file]", file)
    async with page.loading():
        await page.click("#upload-form button")
    arrived = await seen(page)
    assert arrived["form file filename"] == "Schütz 1.bin"
    assert arrived["form file bytes"] == str(len(content))
    assert arrived["form file sha256"] == hashlib.sha256(content).hexdigest()
    assert arrived["form note"] == "a note"


async def test_events_are_shown(page: Page) -> None:
    await page.click("#listen")
    assert await page.says("#events", "the end") == "".join(f"event {n}\n" for n in range(1, 6)) + "the end\n"


async def test_events_come_one_by_one(page: Page) -> None:
    times: list[float] = await page.run(
        """new Promise(resolve => {
            const times = [], events = new EventSource("/events?count=5&interval=0.2");
            events.onmessage = () => times.push(performance.now());
            events.addEventListener("end", () => { events.close(); resolve(times); });
        })"""
    )
    assert len(times) == 5
    assert times[-1] - times[0] > 500


async def test_a_streamed_answer_is_read_piece_by_piece(page: Page) -> None:
    await page.click("#read")
    *pieces, end, _ = (await page.says("#stream", "the end")).split("\n")
    assert [piece.partition(": ")[2] for piece in pieces] == [f"line {number}" for number in range(1, 6)]
    assert end == "the end"
    assert int(pieces[-1].partition(" ms")[0]) - int(pieces[0].partition(" ms")[0]) > 700


async def test_a_websocket_echoes_what_is_said(page: Page) -> None:
    await page.fill("#word", "hello, écluse")
    await page.click("#talk button")
    await page.says("#echo", "hello, écluse\n")
    await page.fill("#word", "again")
    await page.click("#talk button")
    assert await page.says("#echo", "again") == "hello, écluse\nagain\n"


async def test_a_websocket_echoes_a_mebibyte_of_bytes(page: Page) -> None:
    same = await page.run(
        """new Promise((resolve, reject) => {
            const said = new Uint8Array(1 << 20).map((_, index) => index * 7);
            const socket = new WebSocket(location.origin.replace("http", "ws") + "/echo");
            socket.binaryType = "arraybuffer";
            socket.onopen = () => socket.send(said);
            socket.onerror = reject;
            socket.onmessage = message => {
                const heard = new Uint8Array(message.data);
                resolve(heard.length === said.length && heard.every((byte, index) => byte === said[index]));
                socket.close();
            };
        })"""
    )
    assert same is True


async def test_cookies_are_kept_and_sent_back(page: Page) -> None:
    assert "cookie" not in await seen(page)
    for number in ("1", "2"):
        async with page.loading():
            await page.click("#visit")
        assert (await seen(page))["cookie"] == f"visits={number}"
        assert await page.text("#cookies") == f"visits={number}"


async def test_a_page_of_another_origin_may_use_the_api(page: Page, demo: Demo) -> None:
    await page.go(demo.url(host="localhost"))
    answer = await page.run(
        f"""fetch("{demo.url("/api/v1/things")}",
            {{method: "PUT", headers: {{"content-type": "application/json"}}, body: "{{}}"}}).then(it => it.json())"""
    )
    assert (answer["method"], answer["target"]) == ("PUT", "/v1/things")
    assert answer["headers"]["Origin"] == demo.url(target="", host="localhost")


async def test_an_answer_cut_in_the_middle_is_an_error_for_the_browser(page: Page) -> None:
    outcome = await page.run("fetch('/cut').then(it => it.text()).then(() => 'whole', error => error.name)")
    assert outcome == "TypeError"
    assert len(page.complaints) == 1
    page.complaints.clear()
