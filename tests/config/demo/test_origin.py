"""The demo origin says what it saw, and does the things that are hard on a proxy."""

from __future__ import annotations

from collections.abc import AsyncIterator
from hashlib import sha256
from io import BytesIO
from typing import Any

import aiohttp
import pytest
from aiohttp.test_utils import TestClient, TestServer

from config.demo.origin import application

Client = TestClient[Any, Any]


@pytest.fixture
async def client() -> AsyncIterator[Client]:
    async with TestClient(TestServer(application())) as client:
        yield client


async def test_the_mirror_shows_method_target_query_and_headers(client: Client) -> None:
    async with client.put("/a%20b?c=d", headers=[("X-Twice", "1"), ("X-Twice", "2")]) as response:
        said = await response.json()
    assert (said["method"], said["target"], said["query"]) == ("PUT", "/a%20b?c=d", {"c": "d"})
    assert said["headers"]["X-Twice"] == "1, 2"
    assert "body" not in said


async def test_an_origin_says_which_it_is() -> None:
    async with TestClient(TestServer(application("next"))) as client, client.get("/") as response:
        assert (await response.json())["origin"] == "next"


async def test_the_mirror_shows_a_body_by_its_size_digest_and_start(client: Client) -> None:
    body = b"a\xff" * 1_000_000
    async with client.put("/", data=BytesIO(body)) as response:
        said = (await response.json())["body"]
    assert said == {"bytes": len(body), "sha256": sha256(body).hexdigest(), "starts": "a\\xff" * 100}


async def test_the_mirror_shows_a_form(client: Client) -> None:
    async with client.post("/", data={"a": "é", "b": "&"}) as response:
        assert (await response.json())["form"] == {"a": "é", "b": "&"}


async def test_the_mirror_shows_an_upload(client: Client) -> None:
    content = bytes(range(256)) * 20_000
    form = aiohttp.FormData()
    form.add_field("note", "é")
    form.add_field("file", BytesIO(content), filename="a.bin")
    async with client.post("/", data=form) as response:
        said = (await response.json())["form"]
    assert said["note"] == "é"
    assert (said["file"]["filename"], said["file"]["bytes"]) == ("a.bin", len(content))
    assert said["file"]["sha256"] == sha256(content).hexdigest()


async def test_browsers_get_a_page_where_nothing_is_taken_for_markup(client: Client) -> None:
    async with client.get("/<b>?<i>", headers={"Accept": "text/html", "X-A": "<script>"}) as response:
        assert response.content_type == "text/html"
        page = await response.text()
    assert "&lt;script&gt;" in page
    assert "<script>" not in page
    assert "%3Cb%3E" in page


async def test_the_front_page_has_things_to_play_with(client: Client) -> None:
    async with client.get("/", headers={"Accept": "text/html"}) as response:
        assert "upload-form" in await response.text()


async def test_the_news_count_who_asks_and_may_be_kept(client: Client) -> None:
    texts = []
    for path in ("/news", "/news", "/news/local?page=2"):
        async with client.get(path) as response:
            assert (response.headers["Cache-Control"], response.headers["Surrogate-Key"]) == ("max-age=10", "news")
            texts.append(await response.text())
    assert texts == [
        "The origin was asked for /news once.\n",
        "The origin was asked for /news 2 times.\n",
        "The origin was asked for /news/local?page=2 once.\n",
    ]


async def test_events_have_their_form_and_come_to_an_end(client: Client) -> None:
    async with client.get("/events?count=2&interval=0") as response:
        assert response.content_type == "text/event-stream"
        assert await response.text() == (
            "id: 1\ndata: event 1\n\nid: 2\ndata: event 2\n\nevent: end\ndata: that was all\n\n"
        )


async def test_a_stream_comes_in_chunks(client: Client) -> None:
    async with client.get("/stream?count=3&interval=0.05") as response:
        assert [piece async for piece in response.content.iter_any()] == [b"line 1\n", b"line 2\n", b"line 3\n"]


async def test_a_websocket_echoes_text_and_bytes(client: Client) -> None:
    async with client.ws_connect("/echo") as socket:
        await socket.send_str("é")
        assert await socket.receive_str() == "é"
        await socket.send_bytes(b"\xff")
        assert await socket.receive_bytes() == b"\xff"


@pytest.mark.parametrize(("cookie", "next_one"), [(None, "1"), ("41", "42"), ("²", "1"), ("many", "1")])
async def test_a_visit_is_counted_in_a_cookie(client: Client, cookie: str | None, next_one: str) -> None:
    headers = {} if cookie is None else {"Cookie": f"visits={cookie}"}
    async with client.get("/visit", headers=headers, allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (303, "/")
        assert response.cookies["visits"].value == next_one


@pytest.mark.parametrize(("asked", "status"), [("503", 503), ("404", 404), ("", 500), ("200", 500), ("x", 500)])
async def test_a_failure_is_the_one_that_was_asked_for(client: Client, asked: str, status: int) -> None:
    async with client.get("/fail", params={"status": asked}) as response:
        assert response.status == status


@pytest.mark.parametrize("asked", ["0", "-1", "0.01"])
async def test_a_slow_answer_takes_as_long_as_was_asked_for(client: Client, asked: str) -> None:
    async with client.get("/slow", params={"seconds": asked}) as response:
        assert await response.text() == f"That took {max(0.0, float(asked)):g} s.\n"


@pytest.mark.parametrize("asked", ["nan", "x"])
async def test_a_time_that_is_none_is_refused(client: Client, asked: str) -> None:
    async with client.get("/slow", params={"seconds": asked}) as response:
        assert response.status == 400


async def test_a_cut_answer_breaks_off(client: Client) -> None:
    async with client.get("/cut") as response:
        with pytest.raises(aiohttp.ClientPayloadError):
            await response.read()
