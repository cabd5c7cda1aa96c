"""A listener that redirects."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit import FakeOrigin, Proxy, answering, get, in_front_of
from kit.addresses import closed_address
from kit.exchanges import make_exchange

from proxy.authority import parse_host
from proxy.errors import ClientError, NoRoute
from proxy.http1.target import parse_request_line
from proxy.redirection import Redirection

ACME = {
    "name": "acme",
    "listeners": ["test"],
    "match": {"path": {"prefix": "/.well-known/acme-challenge"}},
    "upstream": "origin",
}


def redirecting(*origins: FakeOrigin | str, redirect: dict[str, Any] | None = None, **config: Any) -> str:
    """Write the configuration of a listener that redirects."""
    return in_front_of(*origins, listener={"redirect": redirect or {"scheme": "https"}}, **config)


async def sent_to(request: bytes, **config: Any) -> tuple[int, str | None]:
    """Return status and Location of what a listener that redirects answers."""
    async with Proxy(redirecting(closed_address(), **config)) as proxy:
        client = await proxy.connect()
        await client.send(request)
        answer = await client.expect_response(to=request.split()[0].decode())
        assert answer.body == b""
        return answer.status, answer.get("Location")


async def test_a_request_is_sent_to_the_same_address_over_https() -> None:
    assert await sent_to(get("/a/b?c=d&e")) == (308, "https://example.test/a/b?c=d&e")


@pytest.mark.parametrize("method", ["HEAD", "POST", "DELETE"])
async def test_so_is_every_method(method: str) -> None:
    assert await sent_to(get("/", method=method)) == (308, "https://example.test/")


async def test_a_question_to_the_whole_server_is_sent_to_the_whole_server() -> None:
    assert await sent_to(get("*", method="OPTIONS")) == (308, "https://example.test")


@pytest.mark.parametrize(
    ("redirect", "expected"),
    [
        ({"status": 301}, (301, "https://example.test/")),
        ({"status": 302}, (302, "https://example.test/")),
        ({"port": 8443}, (308, "https://example.test:8443/")),
        ({"port": 443}, (308, "https://example.test/")),
    ],
)
async def test_status_and_port_are_as_told(redirect: dict[str, Any], expected: tuple[int, str]) -> None:
    assert await sent_to(get(), redirect=redirect) == expected


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("Example.TEST:8080", "https://example.test/"),
        ("example.test.", "https://example.test/"),
        ("[2001:DB8::1]:80", "https://[2001:db8::1]/"),
    ],
)
async def test_a_port_that_was_asked_for_is_left_behind(host: str, expected: str) -> None:
    assert await sent_to(get(host=host)) == (308, expected)


async def test_a_request_that_names_no_host_has_nowhere_to_go() -> None:
    async with Proxy(redirecting(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(b"GET / HTTP/1.0\r\n\r\n")
        await client.expect_response(400)


@pytest.mark.parametrize(
    "request_",
    [
        get("//evil.test/x"),
        get("/\\evil.test"),
        get("/@evil.test"),
        get("http://example.test//evil.test"),
        get("/%0d%0aX-Injected:%20yes"),
        get("/?\thttps://evil.test"),
        get(host="example.test/@evil.test"),
        get(host="evil.test@example.test"),
        get(host="example.test\r\nX-Injected: yes"),
        get("http://evil.test/", host="example.test"),
    ],
)
async def test_nobody_is_sent_to_another_host_and_nothing_is_injected(request_: bytes) -> None:
    async with Proxy(redirecting(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(request_)
        answer = await client.expect_response()
        assert answer.status == 400 or (answer.get("Location") or "").startswith("https://example.test/")
        assert answer.get("X-Injected") is None


@settings(deadline=None)
@given(st.text(st.characters(max_codepoint=255)), st.text(st.characters(max_codepoint=255)))
def test_whatever_is_asked_the_host_stays_and_the_line_does_not_break(target: str, host: str) -> None:
    try:
        asked = parse_host(host.encode("latin-1"))
        line = parse_request_line(f"GET /{target} HTTP/1.1".encode("latin-1"))
    except ClientError:
        return
    query = "" if line.query is None else f"?{line.query}"
    location = Redirection("https", 443, 308).location(make_exchange(target=line.path + query, host=asked.host).request)
    assert location.isascii()
    assert location.isprintable()
    assert " " not in location
    assert location.removeprefix(f"https://{asked.host}").startswith("/")


async def test_a_route_that_names_the_listener_is_not_redirected_and_others_do_not_stand_on_it() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(redirecting(origin, routes=[ACME])) as proxy:
        client = await proxy.connect()
        await client.send(get("/.well-known/acme-challenge/token"))
        await client.expect_response(200)
        await client.send(get("/"))
        await client.expect_response(308)


async def test_who_comes_by_https_already_is_not_sent_in_a_circle() -> None:
    listener = {"redirect": {"port": 443}, "trusted_hops": ["127.0.0.1"]}
    async with Proxy(in_front_of(closed_address(), listener=listener)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "X-Forwarded-Proto: https"))
        await client.expect_response(404)
    with pytest.raises(NoRoute):
        Redirection("https", 443, 308).location(make_exchange(scheme="https").request)


async def test_a_redirect_is_counted_under_a_name_that_no_route_can_have() -> None:
    async with Proxy(redirecting(closed_address())) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(308)
        await client.send(get())
        await client.expect_response(308)
        assert proxy.registry.http_local_responses.child("(redirect)", "proxy", "redirect").value == 2
