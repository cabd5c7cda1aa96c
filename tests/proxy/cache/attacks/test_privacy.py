"""What is one client's alone reaches nobody else: not those who ask at the same time, nor those who ask later."""

import asyncio
import random

import pytest
from kit import FakeOrigin, Proxy, get, in_front_of
from kit.caching import FRESH, NAME, answer, cached, status_of
from kit.origin import FOREVER_S
from kit.wire import Wire

CLIENTS = 40
PERSONAL = {
    "private": ["Cache-Control: private, max-age=60"],
    "no-store": ["Cache-Control: no-store"],
    "no-cache with a validator": ["Cache-Control: no-cache", 'ETag: "1"'],
    "nothing but a validator": ['ETag: "1"'],
    "nothing at all": [],
    "stale at once": ["Cache-Control: max-age=0", 'ETag: "1"'],
    "expired": ["Expires: 0"],
    "a cookie": [FRESH, "Set-Cookie: me={me}"],
    "a cookie, and public for another field": [FRESH, "Set-Cookie: me={me}", 'Cache-Control: no-cache="x-other"'],
    "varying by cookie": [FRESH, "Vary: Cookie"],
    "varying by cookie in two lines": [FRESH, "Vary: Accept", "Vary: cookie"],
    "varying by everything": [FRESH, "Vary: *"],
    "varying by what cannot be read": [FRESH, "Vary: cookie; foo"],
    "private for this cache alone": [FRESH, "CDN-Cache-Control: private"],
    "malformed": ["Cache-Control: max-age=60, private, ="],
    "a stray quote": ['Cache-Control: max-age=60, foo="bar, private'],
}


class Personal:
    """An origin that answers each client with its name, and with fields that forbid to tell anybody else."""

    def __init__(self, fields: list[str]) -> None:
        self._fields = fields

    async def __call__(self, wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            request = await wire.expect_message(within_s=FOREVER_S)
            me = (request.get("Cookie") or request.get("Authorization") or "nobody").removeprefix("me=")
            await asyncio.sleep(random.random() / 100)
            await wire.send(answer(me.encode(), *(field.format(me=me) for field in self._fields)))


async def names_told(fields: list[str], line: str) -> list[str]:
    """Ask as many clients at once, and once more each; return those who were given another's name."""
    mistaken = []
    async with FakeOrigin(Personal(fields)) as origin:
        text = in_front_of(origin, caches={NAME: {"memory": "16MiB"}}, route={"cache": NAME})
        async with Proxy(text) as proxy:
            for _ in range(2):
                clients = [await proxy.connect() for _ in range(CLIENTS)]
                for number, client in enumerate(clients):
                    await client.send(get("/", line.format(number)))
                for number, client in enumerate(clients):
                    told = (await client.expect_response(200)).body.decode()
                    if told != str(number):
                        mistaken.append(f"{number} is told {told}")
    return mistaken


@pytest.mark.parametrize("fields", PERSONAL.values(), ids=PERSONAL)
async def test_nobody_is_given_what_a_cookie_brought_another(fields: list[str]) -> None:
    assert not await names_told(fields, "Cookie: me={}")


@pytest.mark.parametrize("fields", [*PERSONAL.values(), [FRESH]], ids=[*PERSONAL, "a lifetime"])
async def test_nobody_is_given_what_authorization_brought_another(fields: list[str]) -> None:
    if "Vary: Cookie" in fields or "Vary: cookie" in fields:
        fields = [*fields, "Vary: Authorization"]
    assert not await names_told(fields, "Authorization: {}")


@pytest.mark.parametrize("fields", ["Cookie", "Authorization"])
async def test_a_field_that_connection_names_is_neither_sent_nor_told_of(fields: str) -> None:
    async with FakeOrigin(Personal([FRESH])) as origin:
        text = in_front_of(origin, caches={NAME: {"memory": "16MiB"}}, route={"cache": NAME})
        async with Proxy(text) as proxy:
            client = await proxy.connect()
            await client.send(get("/", f"{fields}: me", f"Connection: {fields}"))
            await client.expect_response(200, body=b"nobody")


async def test_what_a_304_says_to_one_user_is_not_told_to_others() -> None:
    async with cached(answer(b"page", FRESH, 'ETag: "1"')) as site:
        await site.get()
        site.clock.advance(100)
        site.answers.then(b"HTTP/1.1 304 Not Modified\r\nX-User: alice\r\nCache-Control: max-age=60\r\n\r\n")
        assert (await site.get("/", "Authorization: alice")).get("X-User") == "alice"
        site.answers.then(b"HTTP/1.1 304 Not Modified\r\n\r\n")
        assert "X-User" not in await site.get()


async def test_a_cookie_of_a_304_is_not_told_to_others() -> None:
    async with cached(answer(b"page", FRESH, 'ETag: "1"')) as site:
        await site.get()
        site.clock.advance(100)
        site.answers.then(b"HTTP/1.1 304 Not Modified\r\nSet-Cookie: me=alice\r\n\r\n")
        await site.get()
        hit = await site.get()
        assert status_of(hit).startswith("hit")
        assert "Set-Cookie" not in hit


async def test_fields_that_are_private_by_name_reach_only_the_one_they_came_for() -> None:
    async with cached(answer(b"page", 'Cache-Control: max-age=60, private="x-user"', "X-User: alice")) as site:
        site.answers.hold()
        clients = [await site.ask() for _ in range(5)]
        await site.asked_times(1)
        site.answers.release()
        told = [(await client.expect_response(200)).get("X-User") for client in clients]
        assert sorted(map(str, told)) == ["None"] * 4 + ["alice"]
        assert "X-User" not in await site.get()
