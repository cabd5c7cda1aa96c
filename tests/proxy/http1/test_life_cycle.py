"""Connections over their life: who goes first, who stays, and what is said before the answer."""

import asyncio

import pytest
from kit import FakeOrigin, Proxy, answering, complete_messages, get, in_front_of, post
from kit.wire import Wire

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
HINTS = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
AT_ONCE_S = 0.1


async def echo_target(wire: Wire) -> None:
    """Answer with the request's target; the first letters of `/slow…` take their time."""
    while True:
        request = await wire.expect_message(within_s=60)
        if request.target.startswith("/slow"):
            await asyncio.sleep(0.1)
        body = request.target.encode()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))


# Pipelining and persistence.


async def test_pipelined_requests_are_answered_in_order() -> None:
    targets = [f"/{'slow' if number % 3 == 0 else 'fast'}{number}" for number in range(12)]
    async with FakeOrigin(echo_target) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(b"".join(get(target) for target in targets))
        for target in targets:
            await client.expect_response(200, body=target.encode())


async def test_pipelined_requests_with_bodies_are_answered_in_order() -> None:
    async with FakeOrigin(echo_target) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        chunked = get("/2", "Transfer-Encoding: chunked", method="PUT") + b"3\r\nabc\r\n0\r\n\r\n"
        await client.send(post(b"hello", target="/1") + chunked + get("/3") + get("/4", method="DELETE"))
        for target in (b"/1", b"/2", b"/3", b"/4"):
            await client.expect_response(200, body=target)
        bodies = [each.body for wire in origin.connections for each in complete_messages(bytes(wire.received))[0]]
        assert sorted(bodies) == [b"", b"", b"abc", b"hello"]


async def test_pipelined_requests_are_answered_though_the_client_has_ended_its_side() -> None:
    async with FakeOrigin(echo_target) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1") + get("/2"))
        client.finish()
        await asyncio.sleep(0.3)
        said = await client.expect_cut()
        assert said == b"" or said.index(b"/1") < said.index(b"/2")


async def test_an_http_1_1_connection_persists() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        for _ in range(3):
            await client.send(get())
            response = await client.expect_response(200)
            assert "close" not in (response.get("Connection") or "")
        assert len(origin.connections) == 1


@pytest.mark.parametrize("field", ["Connection: close", "connection: CLOSE", "Connection: keep-alive, close"])
async def test_connection_close_ends_an_http_1_1_connection(field: str) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", field) + get("/never"))
        response = await client.expect_response(200)
        assert response.get("Connection") == "close"
        await client.expect_closed()
        assert b"/never" not in origin.recorded


async def test_an_http_1_0_connection_ends_after_one_answer() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get(version="1.0"))
        await client.expect_response(200, body=b"ok")
        await client.expect_closed()


async def test_an_http_1_0_connection_persists_if_asked_to() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        for _ in range(2):
            await client.send(get("/", "Connection: keep-alive", version="1.0"))
            response = await client.expect_response(200, body=b"ok")
            assert (response.get("Connection") or "").lower() == "keep-alive"


async def test_an_http_1_0_request_goes_upstream_as_http_1_1() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/a", version="1.0"))
        await client.expect_response(200)
        assert origin.recorded.startswith(b"GET /a HTTP/1.1\r\n")
        assert complete_messages(origin.recorded)[0][0].get("Via") is not None


async def test_the_origins_choice_to_close_is_not_the_clients() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        for _ in range(2):
            await client.send(get())
            upstream = await origin.accept()
            await upstream.expect_until(b"\r\n\r\n")
            await upstream.send(b"HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok")
            response = await client.expect_response(200, body=b"ok")
            assert "Connection" not in response
            upstream.close()


# Answers without a body.


async def test_head_is_answered_with_the_length_and_no_body() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", method="HEAD") + get("/next"))
        upstream = await origin.accept()
        await upstream.expect_request("HEAD")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n")
        response = await client.expect_response(200, body=b"", to="HEAD")
        assert response.get("Content-Length") == "1000"
        await upstream.expect_request("GET", "/next")
        await upstream.send(OK)
        await client.expect_response(200, body=b"ok")


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
async def test_an_answer_that_has_no_body_is_followed_by_the_next(status: bytes) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get() + get("/next"))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 " + status + b'\r\nETag: "a"\r\n\r\n')
        response = await client.expect_response(int(status[:3]))
        assert response.get("ETag") == '"a"'
        assert "Transfer-Encoding" not in response
        await upstream.expect_request("GET", "/next")
        await upstream.send(OK)
        await client.expect_response(200, body=b"ok")


# Expect and interim answers.


async def test_expect_100_continue_is_asked_of_the_origin_and_the_body_waits_for_it() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        upstream = await origin.accept()
        assert b"100-continue" in await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(CONTINUE)
        await client.expect_response(100)
        await client.send(b"hello")
        await upstream.expect(b"hello")
        await upstream.send(OK)
        await client.expect_response(200, body=b"ok")


async def test_a_refusal_in_place_of_100_continue_is_final_and_no_body_is_taken_for_a_request() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 401 Unauthorized\r\nContent-Length: 0\r\n\r\n")
        await client.expect_response(401)
        await client.send(get("/x")[:5])
        assert b"HTTP" not in client.unread


async def test_an_origin_that_ignores_expect_gets_the_body_after_a_while() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 5", method="POST"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await client.expect_response(100)
        await client.send(b"hello")
        await upstream.expect(b"hello")
        await upstream.send(OK)
        await client.expect_response(200)


async def test_a_client_that_does_not_wait_for_100_continue_is_served() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Expect: 100-continue", "Content-Length: 5", method="POST") + b"hello")
        upstream = await origin.accept()
        await upstream.expect_until(b"hello")
        await upstream.send(OK)
        response = await client.expect_response()
        if response.status == 100:
            response = await client.expect_response()
        assert response.status == 200


async def test_early_hints_are_passed_on_before_the_answer_is_there() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        for _ in range(2):
            await upstream.send(HINTS)
            response = await client.expect_response(103)
            assert response.get("Link") == "</a.css>; rel=preload"
        await upstream.send(OK)
        await client.expect_response(200, body=b"ok")


@pytest.mark.parametrize("interim", [HINTS, CONTINUE, b"HTTP/1.1 102 Processing\r\n\r\n"])
async def test_an_http_1_0_client_is_sent_no_interim_answer(interim: bytes) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get(version="1.0"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(interim)
        await upstream.send(OK)
        await client.expect_response(200, body=b"ok")


async def test_hop_by_hop_fields_of_an_interim_answer_are_dropped() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 103 Early Hints\r\nConnection: X-Secret\r\nX-Secret: a\r\nKeep-Alive: 5\r\n\r\n")
        assert (await client.expect_response(103)).fields == []


# Who leaves.


@pytest.mark.parametrize("leave", [Wire.close, Wire.reset], ids=["closes", "resets"])
@pytest.mark.parametrize("moment", ["before the head", "in the body", "in the upload"])
async def test_a_client_that_leaves_ends_the_upstream_exchange_at_once(leave: object, moment: str) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        upload = get("/", "Content-Length: 1000", method="POST") + b"a"
        await client.send(upload if moment == "in the upload" else get())
        upstream = await origin.accept()
        await upstream.until(lambda: b"\r\n\r\n" in upstream.received, "the request")
        if moment == "in the body":
            await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\na")
            await client.expect_until(b"\r\n\r\na")
        leave(client)  # type: ignore[operator]
        await upstream.until(lambda: upstream.ended, "the end of the exchange", within_s=AT_ONCE_S)


async def test_an_origin_that_leaves_in_mid_body_cuts_the_client_and_no_second_head_follows() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get() + get("/next"))
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nhello")
        await client.expect_until(b"hello")
        upstream.reset()
        assert await client.expect_cut() == b""


async def test_a_client_that_ends_its_side_after_its_request_is_taken_to_be_gone() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        client.finish()
        await upstream.until(lambda: upstream.ended, "the end of the exchange", within_s=AT_ONCE_S)
        await client.expect_closed()


async def test_an_upload_that_ends_early_is_never_ended_as_complete_upstream() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"hello")
        client.finish()
        await upstream.until(lambda: upstream.ended, "the upload's end")
        assert complete_messages(bytes(upstream.received))[0] == []


# Retries.


async def test_a_get_on_a_connection_that_had_died_is_tried_again() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1"))
        first = await origin.accept()
        await first.expect_request()
        await first.send(OK)
        await client.expect_response(200)
        await client.send(get("/2"))
        await first.expect_request("GET", "/2")
        first.reset()
        second = await origin.accept()
        await second.expect_request("GET", "/2")
        await second.send(OK)
        await client.expect_response(200)


async def test_a_post_that_may_have_been_seen_is_never_sent_twice() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1"))
        first = await origin.accept()
        await first.expect_request()
        await first.send(OK)
        await client.expect_response(200)
        await client.send(post(b"hello", target="/2"))
        await first.expect_request("POST", "/2")
        first.reset()
        await client.expect_response(502)
        assert origin.recorded.count(b"POST") == 1


async def test_thousands_of_pipelined_requests_are_answered_without_recursion_or_a_blocked_loop() -> None:
    answer = {"name": "here", "match": {"path": {"prefix": "/here"}}, "filters": [{"type": "respond", "status": 204}]}
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, routes=[answer])) as proxy:
        client = await proxy.connect()
        await client.send(get("/here") * 3000 + get("/there") * 300 + get("/last", "Connection: close"))
        said = await client.expect_cut(within_s=20)
        assert said.count(b"HTTP/1.1 204 ") == 3000
        assert said.count(b"HTTP/1.1 200 ") == 301


async def test_the_body_of_one_answer_is_never_taken_for_the_head_of_the_next() -> None:
    """A client that pipelines behind an answer of its own choosing must not be able to forge the next one."""
    forged = b"HTTP/1.1 200 OK\r\nX-Forged: 1\r\nContent-Length: 6\r\n\r\nforged"
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1") + get("/2"))
        upstream = await origin.accept()
        await upstream.expect_request("GET", "/1")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n%b" % (len(forged), forged))
        await client.expect_response(200, body=forged)
        await upstream.expect_request("GET", "/2")
        await upstream.send(OK)
        response = await client.expect_response(200, body=b"ok")
        assert "X-Forged" not in response
