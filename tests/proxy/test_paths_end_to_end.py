"""A rule on a path holds for every spelling of it: what is matched is what is forwarded."""

import pytest
from kit import FakeOrigin, Proxy, answering, complete_messages, in_front_of
from kit.malformed.case import with_target

GUARDED = {"name": "admin", "match": {"path": {"prefix": "/admin"}}, "filters": [{"type": "respond", "status": 403}]}

SPELLINGS = [
    b"/admin",
    b"/admin/",
    b"/admin/x",
    b"//admin",
    b"///admin/x",
    b"/./admin",
    b"/p/../admin",
    b"/p/..//admin",
    b"/p/%2e%2e/admin",
    b"/p/%2E%2e/admin",
    b"/p/.%2e/admin",
    b"/p/q/../../admin",
    b"/%61dmin",
    b"/%61%64%6d%69%6e",
    b"/admin%2fx",
    b"/%2fadmin",
    b"/%2Fadmin",
    b"/p%2f..%2fadmin",
    b"/p/..%2fadmin",
    b"/p/..%5cadmin",
    b"/p/..;/admin",
    b"/p/..;a=b/admin",
    b"/p/..%3b/admin",
    b"/.;/admin",
    b"/;/../admin",
    b"/\\admin",
    b"/%5cadmin",
    b"/p\\..\\admin",
    b"/p/..\\admin",
    b"/../admin",
    b"/p/../../admin",
    b"/admin?x",
    b"/admin/../admin",
    b"http://example.test/admin",
    b"http://example.test//admin",
    b"http://example.test/p/../admin",
    b"/admin%00",
    b"/admin#",
    b"/admin/%2e",
    b"/p/%2e%2e%2fadmin",
]


@pytest.mark.parametrize("target", SPELLINGS, ids=[target.decode() for target in SPELLINGS])
async def test_no_spelling_of_a_guarded_path_reaches_the_origin(target: bytes) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[GUARDED])) as proxy:
        client = await proxy.connect()
        await client.send(with_target(target))
        response = await client.expect_response()
        assert response.status in (400, 403)
        assert origin.recorded == b""


@pytest.mark.parametrize(
    ("target", "forwarded"),
    [
        (b"/administrator", "/administrator"),
        (b"/admin/../public", "/public"),
        (b"/admin/%2e%2e/public", "/public"),
        (b"//public", "/public"),
        (b"/a/./b//c", "/a/b/c"),
        (b"/a/..b", "/a/..b"),
        (b"/a%20b", "/a%20b"),
        (b"/%E9?%zz&a=/../admin", "/%E9?%zz&a=/../admin"),
        (b"/a%252e%252e/admin", "/a%252e%252e/admin"),
        (b"/~user;v=1/x", "/~user;v=1/x"),
    ],
)
async def test_other_paths_are_forwarded_as_they_were_matched(target: bytes, forwarded: str) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[GUARDED])) as proxy:
        client = await proxy.connect()
        await client.send(with_target(target))
        await client.expect_response(200)
        assert complete_messages(origin.recorded)[0][0].target == forwarded


async def test_a_rule_is_not_passed_by_a_host_spelt_otherwise() -> None:
    guard = {"name": "guard", "match": {"hosts": ["example.test"]}, "filters": [{"type": "respond", "status": 403}]}
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[guard])) as proxy:
        client = await proxy.connect()
        for host in (b"example.test", b"EXAMPLE.TEST", b"example.test.", b"example.test:80", b"Example.Test.:8080"):
            await client.send(b"GET / HTTP/1.1\r\nHost: " + host + b"\r\n\r\n")
            await client.expect_response(403)
        assert origin.recorded == b""
