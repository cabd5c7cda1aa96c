"""The firewall before a cache: what must be refused comes to neither cache nor origin, and hits are judged as well."""

from __future__ import annotations

import json
import pathlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from kit import FakeOrigin, Proxy, answering, post
from kit.guarding import asked, counted, guarded, requests_of

FRESH = "Cache-Control: max-age=60"


def answer(body: bytes, *fields: str) -> bytes:
    head = "\r\n".join(["HTTP/1.1 200 OK", FRESH, *fields, f"Content-Length: {len(body)}", "", ""])
    return head.encode() + body


@asynccontextmanager
async def caching(
    directory: pathlib.Path, stored: bytes, *, unguarded: bool = False, **options: Any
) -> AsyncIterator[tuple[Proxy, FakeOrigin]]:
    """Serve with a firewall and a cache; with a route of the same upstream and cache that has no firewall, too."""
    async with FakeOrigin(answering(stored)) as origin:
        more = {"caches": {"default": {"memory": "16MiB"}}}
        given = json.loads(guarded(directory, origin, route={"cache": "default"}, more=more, **options))
        if unguarded:
            free = {"name": "free", "match": {"headers": {"x-free": "1"}}, "cache": "default", "upstream": "origin"}
            given["routes"].insert(0, free)
        async with Proxy(json.dumps(given), directory=directory) as proxy:
            yield proxy, origin


FREE = b"GET /a HTTP/1.1\r\nHost: example.test\r\nX-Free: 1\r\n\r\n"


async def test_hits_are_served_and_judged(tmp_path: pathlib.Path) -> None:
    async with caching(tmp_path, answer(b"fine", "Content-Type: text/plain")) as (proxy, origin):
        for _ in range(3):
            found = await asked(proxy, "/a")
            assert (found.status, found.body) == (200, b"fine")
        assert "hit" in found.all("cache-status")[0]
        assert requests_of(origin) == 1
    assert counted(proxy) == {"passed": 3}


async def test_a_request_that_is_refused_asks_neither_cache_nor_origin(tmp_path: pathlib.Path) -> None:
    async with caching(tmp_path, answer(b"fine")) as (proxy, origin):
        for _ in range(2):
            refusal = await asked(proxy, "/a?q=attack")
            assert refusal.status == 403
            assert "cache-status" not in refusal
        assert requests_of(origin) == 0
    assert not any(value for _, value in proxy.registry.snapshot().get("cache_requests_total", []))


async def test_it_is_refused_though_its_answer_is_stored(tmp_path: pathlib.Path) -> None:
    async with caching(tmp_path, answer(b"fine"), unguarded=True) as (proxy, origin):
        attack = FREE.replace(b"/a", b"/a?q=attack")
        assert (await asked(proxy, attack)).status == 200
        assert "hit" in (await asked(proxy, attack)).all("cache-status")[0]
        assert (await asked(proxy, "/a?q=attack")).status == 403
        assert requests_of(origin) == 1


async def test_a_refusal_is_never_stored(tmp_path: pathlib.Path) -> None:
    async with caching(tmp_path, answer(b"secret-key", "Content-Type: text/plain"), unguarded=True) as (proxy, origin):
        assert (await asked(proxy, "/a")).status == 403
        found = await asked(proxy, FREE)
        assert (found.status, found.body) == (200, b"secret-key")
        assert requests_of(origin) == 1  # What the origin said is stored, and the refusal is not.


async def test_stored_answers_are_judged_in_both_phases(tmp_path: pathlib.Path) -> None:
    leaks = (answer(b"secret-key", "Content-Type: text/plain"), answer(b"fine", "X-Leak: 1"))
    for leak in leaks:
        async with caching(tmp_path, leak, unguarded=True) as (proxy, origin):
            assert (await asked(proxy, FREE)).status == 200
            for _ in range(2):
                assert (await asked(proxy, "/a")).status == 403
            assert requests_of(origin) == 1
        assert counted(proxy) == {"blocked": 2}


async def test_a_stored_answer_over_the_bound_is_judged_by_its_beginning(tmp_path: pathlib.Path) -> None:
    long = answer(b"x" * 5000, "Content-Type: text/plain")
    async with caching(tmp_path, long, response={"body": 1000}) as (proxy, origin):
        for _ in range(3):
            assert (await asked(proxy, "/a")).body == b"x" * 5000
        assert requests_of(origin) == 1
    assert counted(proxy) == {"overflow": 3}


async def test_a_body_in_a_get_is_judged_before_the_cache_is_passed_by(tmp_path: pathlib.Path) -> None:
    request = post(b"a=attack", "Content-Type: application/x-www-form-urlencoded", target="/a", method="GET")
    async with caching(tmp_path, answer(b"fine")) as (proxy, origin):
        assert (await asked(proxy, request)).status == 403
        assert requests_of(origin) == 0
