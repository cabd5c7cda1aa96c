"""Every misbehaving origin of the table: what its client gets, and that the next client gets only its own answer."""

import asyncio

import pytest
from kit import FakeOrigin, Proxy, complete_messages, get, in_front_of, soon
from kit.messages import Message, take_message
from kit.misbehaving import CASES, Case
from kit.misbehaving.case import answer
from kit.wire import Wire

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])

NEXT = answer(b"Content-Length: 4", body=b"next")
HASTE = {
    "limits": {"response_timeout": "800ms"},
    "upstream": {"timeouts": {"connect": "1s", "first_byte": "600ms", "idle": "400ms"}},
}


class Misbehaving(FakeOrigin):
    """Plays a case until it is cured; then every request gets the answer `next`."""

    def __init__(self, case: Case) -> None:
        super().__init__(self._one_connection)
        self.case = case
        self.cured = False
        self.played = asyncio.Event()

    async def _one_connection(self, wire: Wire) -> None:
        if self.case.unheard and not self.cured:
            await self._misbehave(wire)
            return
        while wire.ended is None:
            await wire.expect_message(within_s=60)
            await (wire.send(NEXT) if self.cured else self._misbehave(wire))

    async def _misbehave(self, wire: Wire) -> None:
        try:
            await self.case.script(wire)
        finally:
            self.played.set()


def test_the_table_is_large_and_each_case_has_its_name() -> None:
    assert len(CASES) >= 60
    assert len({case.name for case in CASES}) == len(CASES)


@every_case
async def test_a_misbehaving_origin_harms_neither_its_client_nor_the_next(case: Case) -> None:
    async with Misbehaving(case) as origin, Proxy(in_front_of(origin, **HASTE)) as proxy:
        client = await proxy.connect()
        await client.send(case.asked)
        await expect_as_stated(case, client)
        await asyncio.wait_for(origin.played.wait(), 5)
        await soon()
        ill = list(origin.connections)
        origin.cured = True
        await expect_the_next_answer(proxy)
        if not case.reusable:
            await expect_left_alone(ill)
        else:
            assert origin.connections == ill, "a sound connection was not used again"


async def expect_as_stated(case: Case, client: Wire) -> None:
    final = await final_head(client)
    assert final.status in case.statuses, f"{final.start!r} instead of {set(case.statuses)}"
    if case.whole or final.status == 502:
        response = await client.expect_message(to=case.method)
        assert case.body is None or response.body == case.body
        assert not {"Upgrade", "Keep-Alive", "Proxy-Authenticate", "X-Secret", "Trailer", "TE"} & {
            n for n, _ in response.fields
        }
        assert "X-Smuggled" not in response
        return
    said = await client.expect_cut()
    taken = take_message(said, ended=client.ended == "closed")
    assert taken is None, f"a broken body looks complete: {said!r}, {client.ended}"
    assert case.body is None or said.split(b"\r\n\r\n", 1)[1].find(case.body) >= 0


async def final_head(client: Wire) -> Message:
    """Pass over interim responses; look at the final head without taking it."""
    while True:
        await client.until(lambda: b"\r\n\r\n" in client.unread, "a head")
        head, _, _ = client.unread.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 1"):
            message = take_message(head + b"\r\n\r\n", to="HEAD")
            assert message is not None
            return message[0]
        await client.expect_response()


async def expect_the_next_answer(proxy: Proxy) -> None:
    client = await proxy.connect()
    await client.send(get("/next"))
    response = await client.expect_response(200, body=b"next")
    assert "X-Smuggled" not in response
    await client.expect_nothing(for_s=0.02)


async def expect_left_alone(wires: list[Wire]) -> None:
    """A connection that is not to be trusted is closed, and carries no second request."""
    for wire in wires:
        if not wire.stopped_reading:
            await wire.until(lambda wire=wire: wire.ended, "the end of a connection not to be used again")
            assert b"/next" not in wire.received
            assert len(complete_messages(bytes(wire.received))[0]) <= 1


async def test_an_origin_that_closes_an_idle_connection_costs_the_next_client_nothing() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1"))
        first = await origin.accept()
        await first.expect_request("GET", "/1")
        await first.send(NEXT)
        await client.expect_response(200)
        first.close()
        await asyncio.sleep(0.02)
        await client.send(get("/2"))
        second = await origin.accept()
        await second.expect_request("GET", "/2")
        await second.send(NEXT)
        await client.expect_response(200, body=b"next")


@pytest.mark.parametrize("said", [NEXT, b"\r\n", b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n", b"\x00"])
async def test_data_on_an_idle_connection_throws_the_connection_away(said: bytes) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/1"))
        first = await origin.accept()
        await first.expect_request()
        await first.send(answer(b"Content-Length: 0"))
        await client.expect_response(200)
        await first.send(said)
        await first.expect_closed()
        await client.send(get("/2"))
        second = await origin.accept()
        await second.expect_request("GET", "/2")
        await second.send(NEXT)
        await client.expect_response(200, body=b"next")
        assert not first.unread


async def test_nobody_listening_is_a_502() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        origin.stop_listening()
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(502)


async def test_an_http_1_0_client_is_reset_when_its_unframed_body_breaks() -> None:
    """Without a length or chunks an orderly end would say that the body is complete."""
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get(version="1.0"))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(answer(b"Transfer-Encoding: chunked") + b"5\r\nhello\r\n")
        await client.expect_until(b"hello")
        upstream.close()
        await client.expect_closed()
        assert client.ended == "reset"
