"""`penstock demo`, and with it the quick start: what its file and its invitation promise."""

from __future__ import annotations

import asyncio
import json
import re
import signal
import socket
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
from kit.demo import Demo

from config.demo import quickstart


@pytest.fixture
async def demo() -> AsyncIterator[Demo]:
    async with Demo() as demo:
        yield demo


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def asked(session: aiohttp.ClientSession, url: str, **options: Any) -> tuple[int, str]:
    async with session.get(url, **options) as response:
        return response.status, await response.text()


async def test_every_route_does_what_the_file_says(demo: Demo, session: aiohttp.ClientSession) -> None:
    assert await asked(session, demo.url("/hello")) == (200, "Hello, 127.0.0.1. This answer needed no origin.\n")
    async with session.get(demo.url("/old/page?x=1"), allow_redirects=False) as response:
        assert (response.status, response.headers["Location"]) == (308, "/new?x=1")
    assert (await asked(session, demo.url("/members/")))[0] == 401
    password = {"Authorization": aiohttp.encode_basic_auth("demo", "demo")}
    assert (await asked(session, demo.url("/members/"), headers=password))[0] == 200
    status, text = await asked(session, demo.url("/"))
    assert status == 200
    assert '"Via": "1.1 penstock"' in text


async def test_the_api_is_rewritten_and_limited(demo: Demo, session: aiohttp.ClientSession) -> None:
    answers = [await asked(session, demo.url("/api/v1/things"), headers={"X-Beta": "yes"}) for _ in range(6)]
    assert [status for status, _ in answers] == [200, 200, 200, 200, 200, 429]
    assert '"target": "/v1/things"' in answers[0][1]
    assert '"x-flavour": "beta"' in answers[0][1]


async def test_an_api_key_or_a_token_opens_the_account(demo: Demo, session: aiohttp.ClientSession) -> None:
    url = demo.url("/account/")
    assert (await asked(session, url))[0] == 401
    status, text = await asked(session, url, headers={"X-API-Key": "open-the-weir", "X-User-Id": "root"})
    assert (status, json.loads(text)["headers"]["x-user-id"]) == (200, "ali")
    _, token = await asked(session, demo.url("/login?user=bo"))
    status, text = await asked(session, url, headers={"Authorization": f"Bearer {token}"})
    assert (status, json.loads(text)["headers"]["x-user-id"]) == (200, "bo")
    assert (await asked(session, url, headers={"Authorization": f"Bearer {token}x"}))[0] == 401


async def test_an_edge_function_greets(demo: Demo, session: aiohttp.ClientSession) -> None:
    assert await asked(session, demo.url("/greet?name=Ada")) == (200, "Hello, Ada!\n")


async def test_the_news_come_from_the_cache_until_they_are_purged(demo: Demo, session: aiohttp.ClientSession) -> None:
    url, order = demo.url("/news"), f"http://127.0.0.1:{demo.admin_port}/cache/purge"
    first, second = await asked(session, url), await asked(session, url)
    assert first == second == (200, "The origin was asked for /news once.\n")
    async with session.get(url) as response:
        assert "hit" in response.headers["Cache-Status"]
    async with session.post(order, json={"tag": "news", "hard": True}) as response:
        assert response.status == 200
    assert await asked(session, url) == (200, "The origin was asked for /news 2 times.\n")


async def test_a_user_of_the_shop_stays_with_one_origin(demo: Demo) -> None:
    origins = set()
    for _ in range(20):
        async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as user:
            own = {json.loads((await asked(user, demo.url("/shop/")))[1])["origin"] for _ in range(3)}
        assert len(own) == 1
        origins |= own
    assert origins == {"demo", "next"}


async def test_a_tester_chooses_the_origin(demo: Demo, session: aiohttp.ClientSession) -> None:
    for variant, origin in (("control", "demo"), ("next", "next")):
        _, text = await asked(session, demo.url("/shop/"), headers={"X-Force-Variant": variant})
        assert json.loads(text)["origin"] == origin


async def test_it_says_where_it_is_and_what_to_try(demo: Demo) -> None:
    said = "\n".join(demo.said)
    assert f"Penstock is on http://127.0.0.1:{demo.port}, the demo origin behind it on" in said
    assert f"curl -i http://127.0.0.1:{demo.port}/hello " in said
    assert f"http://127.0.0.1:{demo.admin_port}/metrics" in said


async def test_it_logs_each_exchange(demo: Demo, session: aiohttp.ClientSession) -> None:
    await asked(session, demo.url("/hello"))
    async with asyncio.timeout(10):
        while not any('"path":"/hello"' in line for line in demo.said):  # noqa: ASYNC110 - another process's lines
            await asyncio.sleep(0.02)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_one_signal_ends_both_though_an_event_stream_is_open(
    demo: Demo, session: aiohttp.ClientSession, number: signal.Signals
) -> None:
    async with session.get(demo.url("/events?count=1000")) as events:
        assert (await events.content.readline()).startswith(b"id: 1")
        demo.process.send_signal(number)
        async with asyncio.timeout(10):
            assert await demo.ended() == 0
    for port in (demo.port, demo.admin_port, demo.origin_port, demo.next_port):
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) != 0
    assert "Traceback" not in "\n".join(demo.said)


@pytest.mark.parametrize("variable", quickstart.PORT_VARIABLES)
async def test_a_port_in_use_is_named_with_what_can_be_done(variable: str) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        demo = Demo({variable: str(port)})
        await demo.start()
        assert await demo.ended() == 1
    assert demo.said[0] == f"penstock: cannot listen on 127.0.0.1:{port}: the address is in use"
    assert f"sport = :{port}" in demo.said[1]
    assert re.search(rf"{variable}=\d+ make run", demo.said[2])


def test_what_to_try_names_a_file_that_is_there() -> None:
    assert quickstart.FILE.is_file()
    assert str(quickstart.FILE.name) in quickstart.what_to_try("a:1", "b:2", "c:3")
