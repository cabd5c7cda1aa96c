"""What one client sends must not choose what another is given: cache poisoning, deception, and mixed-up answers.

An attacker asks first, then a victim asks for what he was lured to. The origin answers with all that it was told.
"""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any

import pytest
from kit import FakeOrigin, Proxy, get, in_front_of
from kit.caching import FRESH, NAME, answer
from kit.messages import Message
from kit.origin import FOREVER_S
from kit.wire import Wire

from proxy.cache.unkeyed import UNKEYED

OURS = {"via", "x-forwarded-for", "forwarded"}
"""Fields that differ from client to client, and that origins have to be careful with (docs/caching.md)."""
NOTHING: Mapping[str, Any] = MappingProxyType({})


async def gossip(wire: Wire) -> None:
    """Answer with the request's line and fields, as an origin does that builds pages of them."""
    while wire.ended is None or wire.unread:
        request = await wire.expect_message(within_s=FOREVER_S)
        said = "\n".join(f"{name}: {value}" for name, value in request.fields if name.lower() not in OURS)
        await wire.send(answer(f"{request.method} {request.target}\n{said}".encode("latin-1"), FRESH))


@asynccontextmanager
async def site(policy: Mapping[str, Any] = NOTHING) -> AsyncIterator[Proxy]:
    async with FakeOrigin(gossip) as origin:
        text = in_front_of(origin, caches={NAME: {"memory": "16MiB"}}, route={"cache": {"use": NAME, **policy}})
        async with Proxy(text) as proxy:
            yield proxy


async def told(proxy: Proxy, request: bytes) -> Message:
    client = await proxy.connect()
    await client.send(request)
    answered = await client.expect_response()
    client.close()
    return answered


async def poisoned(proxy: Proxy, attack: bytes, victim: bytes) -> bytes:
    """Return what the victim gets after the attacker; it must have cost the attacker no refusal."""
    assert (await told(proxy, attack)).status == 200
    return (await told(proxy, victim)).body


@pytest.mark.parametrize("name", sorted(each.decode() for each in UNKEYED))
@pytest.mark.parametrize("spelt", [str.title, lambda name: name.replace("-", "_"), str.upper])
async def test_no_field_that_origins_heed_reaches_a_page_for_all(name: str, spelt: Any) -> None:
    async with site() as proxy:
        assert b"evil" not in await poisoned(proxy, get("/", f"{spelt(name)}: evil"), get("/"))


@pytest.mark.parametrize(
    "line",
    [
        "X-Forwarded-Host: evil",
        "X-Forwarded-Proto: evil",
        "X_Forwarded_Host: evil",
        "Forwarded: host=evil",
        "Connection: close, x-evil\r\nX-Evil: evil",
        "Connection: x-forwarded-host",
        "Range: bytes=0-3",
        "If-None-Match: *",
        "If-Modified-Since: Fri, 31 Dec 9999 23:59:59 GMT",
        'If-Match: "evil"',
        "If-Unmodified-Since: Thu, 01 Jan 1970 00:00:00 GMT",
        'Range: bytes=0-3\r\nIf-Range: "evil"',
        "TE: trailers, evil",
        "Keep-Alive: evil",
        "Proxy-Connection: evil",
        "Upgrade: evil",
    ],
)
async def test_no_field_of_one_clients_connection_or_request_reaches_it(line: str) -> None:
    async with site() as proxy:
        await told(proxy, get("/", line))
        victim = await told(proxy, get("/"))
        assert victim.status == 200
        assert victim.body.startswith(b"GET /\n")
        assert b"evil" not in victim.body


@pytest.mark.parametrize("port", ["80", "0080", "8080", "443"])
async def test_a_port_that_an_origin_would_write_into_links_is_keyed(port: str) -> None:
    async with site() as proxy:
        assert b":" + port.encode() not in await poisoned(proxy, get("/", host=f"example.test:{port}"), get("/"))


@pytest.mark.parametrize(
    ("attack", "victim"),
    [
        ("/a;evil", "/a"),
        ("/a?evil", "/a"),
        ("/a?", "/a"),
        ("/A", "/a"),
        ("/a/", "/a"),
        ("/a%3Fevil", "/a"),
        ("/a%23evil", "/a"),
        ("/a%0Aevil", "/a"),
        ("/a%20evil", "/a"),
        ("/a%252e", "/a."),
        ("/a?x=1&x=evil", "/a?x=1"),
        ("/a?x=1;y=evil", "/a?x=1"),
        ("/a?x=1%26y=evil", "/a?x=1"),
        ("/a?X=1", "/a?x=1"),
        ("/account/evil.css", "/account"),
        ("/account;evil.css", "/account"),
    ],
)
async def test_no_other_spelling_of_a_target_is_taken_for_it(attack: str, victim: str) -> None:
    async with site() as proxy:
        assert (await poisoned(proxy, get(attack), get(victim))).startswith(f"GET {victim}\n".encode())


@pytest.mark.parametrize("attack", ["/%61", "//a", "/./a", "/b/../a", "/b/%2e%2e/a", "http://example.test/a"])
async def test_what_is_taken_for_the_same_target_reaches_the_origin_as_that_one(attack: str) -> None:
    async with site() as proxy:
        assert (await told(proxy, get(attack))).body.startswith(b"GET /a\n")
        hit = await told(proxy, get("/a"))
        assert "hit" in (hit.get("Cache-Status") or "")


@pytest.mark.parametrize(
    "attack",
    [
        "/a?utm_source=evil",
        "/a?utm_source=x;callback=evil",
        "/a?utm%5Fsource=evil",
        "/a?utm_source=evil&utm_source=evil",
        "/a?utm_source",
    ],
)
async def test_what_is_ignored_of_a_query_is_not_sent(attack: str) -> None:
    async with site({"key": {"ignore_query": ["utm_source"]}}) as proxy:
        body = await poisoned(proxy, get(attack), get("/a"))
        assert body.startswith(b"GET /a\n")


async def test_an_alias_of_a_keyed_field_is_no_second_way_to_say_it() -> None:
    async with site({"key": {"headers": ["x-lang"]}}) as proxy:
        assert b"evil" not in await poisoned(proxy, get("/", "X_Lang: evil"), get("/"))


@pytest.mark.parametrize("method", ["HEAD", "POST", "OPTIONS", "PURGE"])
async def test_the_answer_to_another_method_is_not_stored(method: str) -> None:
    async with site() as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 0", method=method))
        await client.expect_response(to="HEAD" if method == "HEAD" else "GET")
        assert (await told(proxy, get("/"))).body.startswith(b"GET /\n")


async def test_a_get_with_a_body_is_not_stored() -> None:
    async with site() as proxy:
        body = b"evil=1"
        assert (await told(proxy, get("/", f"Content-Length: {len(body)}", "X-Mark: fat") + body)).status == 200
        assert b"fat" not in (await told(proxy, get("/"))).body


async def test_a_request_in_http_1_0_is_given_and_leaves_the_same_answer() -> None:
    async with site() as proxy:
        client = await proxy.connect()
        await client.send(get("/", version="1.0"))
        assert (await client.expect_response(200)).body.startswith(b"GET /\n")
        hit = await told(proxy, get("/"))
        assert "hit" in (hit.get("Cache-Status") or "")
