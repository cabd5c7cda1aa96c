"""A client's connection between its exchanges: what it must not hold on to, and what must not hold it up."""

import asyncio

import pytest
from kit import Proxy, eventually, get, in_front_of, post
from kit.addresses import closed_address

from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.messages import Response

MIB = 1024 * 1024


class Answers(Filter):
    """Answers at once, without a look at the body."""

    name = "answers"

    def __init__(self, body: bytes = b"no") -> None:
        self.body = body

    def on_request(self, exchange: Exchange) -> Answer:
        return Response(403, None, self.body)


@pytest.mark.parametrize("fields", [[], ["Connection: close"]], ids=["keep-alive", "close"])
async def test_a_client_that_never_reads_a_large_answer_is_cut(fields: list[str]) -> None:
    config = in_front_of(closed_address(), limits={"send_timeout": "300ms"})
    async with Proxy(config, filters=[Answers(b"a" * 8 * MIB)]) as proxy:
        client = await proxy.connect(small=True)
        client.stop_reading()
        await client.send(get("/", *fields))
        cut = await eventually(lambda: not proxy.open_connections, within_s=1.5)
        client.reset()
        assert cut


@pytest.mark.parametrize("size", [1000, 100_000])
async def test_a_body_that_nobody_read_does_not_hold_up_the_next_request(size: int) -> None:
    async with Proxy(in_front_of(closed_address()), filters=[Answers()]) as proxy:
        client = await proxy.connect()
        await client.send(post(b"a" * size))
        await client.expect_response(403)
        await client.send(get("/next"))
        await client.until(lambda: client.unread or client.ended, "an answer, or the end", 0.5)


async def test_an_answer_given_before_the_body_came_ends_the_connection() -> None:
    async with Proxy(in_front_of(closed_address()), filters=[Answers()]) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 5", method="POST"))
        response = await client.expect_response(403)
        assert response.get("Connection") == "close"
        await client.expect_closed()


async def test_a_client_that_is_still_sending_gets_its_answer_before_the_end() -> None:
    async with Proxy(in_front_of(closed_address()), filters=[Answers()]) as proxy:
        client = await proxy.connect()
        await client.send(get("/", f"Content-Length: {4 * MIB}", method="POST"))
        pouring = asyncio.create_task(client.pour(b"a" * 65536, 4 * MIB))
        await client.expect_response(403)
        await client.expect_closed()
        client.close()
        await pouring


async def test_an_empty_line_before_a_request_is_passed_over_but_no_flood_of_them() -> None:
    async with Proxy(in_front_of(closed_address()), filters=[Answers()]) as proxy:
        client = await proxy.connect()
        await client.send(b"\r\n" + get() + b"\r\n" + get())
        await client.expect_response(403)
        await client.expect_response(403)
        await client.send(b"\r\n\r\n" + get())
        await client.expect_response(400)
        await client.expect_closed()


async def test_a_draining_listener_closes_what_is_idle_and_lets_the_rest_finish() -> None:
    class Waits(Filter):
        def __init__(self) -> None:
            self.reached, self.go_on = asyncio.Event(), asyncio.Event()

        async def on_request(self, exchange: Exchange) -> Answer:
            if exchange.request.path == "/wait":
                self.reached.set()
                await self.go_on.wait()
            return Response(204)

    waits = Waits()
    async with Proxy(in_front_of(closed_address()), filters=[waits]) as proxy:
        idle, busy = await proxy.connect(), await proxy.connect()
        await idle.send(get())
        await idle.expect_response(204)
        await busy.send(get("/wait"))
        await asyncio.wait_for(waits.reached.wait(), 5)
        proxy.services["test"].drain()
        await idle.expect_closed()
        waits.go_on.set()
        await busy.expect_response(204)
        await busy.expect_closed()
