"""Each limit on what a client may cost, with the answer that it states. Named for the fields of `Limits`."""

import asyncio

import pytest
from kit import FakeClock, FakeOrigin, Proxy, answering, complete_messages, get, in_front_of, post
from kit.wire import Wire

from proxy.limits import Limits

BOTH_SECONDS = pytest.mark.parametrize("whole", [True, False], ids=["whole", "unfinished"])


async def refused(client: Wire, status: int) -> None:
    response = await client.expect_response(status)
    assert response.get("Connection") == "close"
    await client.expect_closed()


@BOTH_SECONDS
async def test_request_line_bytes_over_the_limit_are_answered_414(whole: bool) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"request_line_bytes": "256B"})) as proxy:
        client = await proxy.connect()
        request = get("/" + "a" * 300)
        await client.send(request if whole else request[:300])
        await refused(client, 414)
        assert origin.connections == []


async def test_request_line_bytes_up_to_the_limit_pass() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(in_front_of(origin, limits={"request_line_bytes": "256B"})) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get("/" + "a" * (256 - len("GET / HTTP/1.1"))))
        await client.expect_response(200)


@BOTH_SECONDS
async def test_header_bytes_over_the_limit_are_answered_431(whole: bool) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"header_bytes": "1KiB"})) as proxy:
        client = await proxy.connect()
        request = get("/", "X: " + "a" * 1100)
        await client.send(request if whole else request[:-4])
        await refused(client, 431)
        assert origin.connections == []


async def test_header_bytes_are_counted_over_all_fields_that_trickle_in() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"header_bytes": "1KiB"})) as proxy:
        client = await proxy.connect()
        await client.send(get()[:-2])
        for _ in range(20):
            await client.send(b"X: " + b"a" * 60 + b"\r\n")
        await refused(client, 431)


@pytest.mark.parametrize(("count", "status"), [(9, 200), (10, 431)])
async def test_header_count_over_the_limit_is_answered_431(count: int, status: int) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, limits={"header_count": 10})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", *["X: a"] * count))
        await client.expect_response(status)


async def test_header_count_of_a_route_may_be_stricter() -> None:
    config = in_front_of("127.0.0.1:9", route={"limits": {"header_count": 5}})
    async with Proxy(config) as proxy:
        client = await proxy.connect()
        await client.send(get("/", *["X: a"] * 5))
        await client.expect_response(431)


async def test_header_timeout_of_a_head_that_trickles_is_answered_408() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"header_timeout": "300ms"})) as proxy:
        client = await proxy.connect()
        started = asyncio.get_running_loop().time()
        request = get("/", "X: " + "a" * 1000)
        for at in range(len(request)):
            if client.ended or client.unread:
                break
            await client.send(request[at : at + 1])
            await asyncio.sleep(0.01)
        await refused(client, 408)
        assert asyncio.get_running_loop().time() - started < 1
        assert origin.connections == []


async def test_header_timeout_is_not_put_off_by_empty_lines() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"header_timeout": "300ms"})) as proxy:
        client = await proxy.connect()
        started = asyncio.get_running_loop().time()
        while client.ended is None:
            assert asyncio.get_running_loop().time() - started < 1
            await client.send(b"\r\n")
            await asyncio.sleep(0.02)


async def test_header_timeout_of_a_second_request_counts_from_its_first_byte() -> None:
    config = {"header_timeout": "300ms", "idle_timeout": "5s"}
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, limits=config)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(200)
        await client.expect_nothing(for_s=0.6)
        await client.send(b"GET / HT")
        await refused(client, 408)


async def test_body_bytes_announced_over_the_limit_are_answered_413_before_the_body_is_read() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_bytes": "1KiB"})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 1025", method="POST"))
        await refused(client, 413)
        assert origin.connections == []


async def test_body_bytes_in_chunks_over_the_limit_are_answered_413_and_the_upload_is_cut() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_bytes": "1KiB"})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"200\r\n" + b"a" * 512 + b"\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"a" * 512)
        await client.send(b"201\r\n" + b"a" * 513 + b"\r\n0\r\n\r\n")
        await client.expect_response(413)
        await client.expect_closed()
        await upstream.until(lambda: upstream.ended, "the upload's end")
        assert complete_messages(bytes(upstream.received))[0] == []


async def test_body_bytes_refused_are_answered_even_to_a_client_that_sends_all_before_it_reads() -> None:
    """Closing with unread data would send a reset, which destroys the answer on its way (RFC 9112 §9.6)."""
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_bytes": "1MiB"})) as proxy:
        client = await proxy.connect()
        client.stop_reading()
        await client.send(get("/", "Content-Length: 4194304", method="POST"))
        await client.pour(b"a" * 65536, 4194304)
        client.go_on_reading()
        await client.expect_response(413)


async def test_body_bytes_of_a_route_replace_the_listeners() -> None:
    config = in_front_of(
        "127.0.0.1:9",
        limits={"body_bytes": "10B"},
        routes=[
            {
                "name": "large",
                "match": {"path": {"exact": "/large"}},
                "limits": {"body_bytes": "1KiB"},
                "filters": [{"type": "respond", "status": 200}],
            }
        ],
    )
    async with Proxy(config) as proxy:
        client = await proxy.connect()
        await client.send(post(b"a" * 1024, target="/large"))
        await client.expect_response(200)
        small = await proxy.connect()
        await small.send(post(b"a" * 11))
        await small.expect_response(413)


async def test_body_idle_timeout_is_answered_408() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_idle_timeout": "300ms"})) as proxy:
        client = await proxy.connect()
        await client.send(post(b"a" * 100)[:-50])
        upstream = await origin.accept()
        await refused(client, 408)
        await upstream.until(lambda: upstream.ended, "the upload's end")
        assert complete_messages(bytes(upstream.received))[0] == []


async def test_body_idle_timeout_does_not_run_while_the_origin_is_the_slow_one() -> None:
    limits = {"body_idle_timeout": "300ms", "body_bytes": "64MiB", "body_min_rate": 0}
    async with FakeOrigin(record=False) as origin, Proxy(in_front_of(origin, limits=limits)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Content-Length: 33554432", method="POST"))
        upstream = await origin.accept()
        upstream.stop_reading()
        pouring = asyncio.create_task(client.pour(b"a" * 65536, 33554432))
        await client.expect_nothing(for_s=0.8)
        upstream.go_on_reading()
        await pouring
        await upstream.until(lambda: upstream.received_bytes > 33554432, "the whole body", 20)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_body_min_rate_below_the_limit_is_answered_408() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_min_rate": "500B"})) as proxy:
        with FakeClock() as clock:
            client = await proxy.connect()
            await client.send(get("/", "Content-Length: 100000", method="POST"))
            for _ in range(6):
                if client.unread or client.ended:
                    break
                await client.send(b"a" * 1000)
                clock.advance(4)
                await asyncio.sleep(0.25)
            await refused(client, 408)


async def test_body_min_rate_window_lets_a_pause_pass_that_the_average_makes_up_for() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"body_min_rate": "500B"})) as proxy:
        with FakeClock() as clock:
            client = await proxy.connect()
            await client.send(get("/", "Content-Length: 60000", method="POST"))
            for _ in range(6):
                await client.send(b"a" * 10_000)
                clock.advance(Limits().body_min_rate_window_s * 0.9)
                await asyncio.sleep(0.15)
            upstream = await origin.accept()
            await upstream.expect_request("POST", body=b"a" * 60_000)
            await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
            await client.expect_response(204)


async def test_idle_timeout_closes_a_connection_without_a_word() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(in_front_of(origin, limits={"idle_timeout": "300ms"})) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(200)
        await client.expect_closed(within_s=1)
        assert client.ended == "closed"


async def test_idle_timeout_does_not_end_an_exchange_under_way() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"idle_timeout": "200ms"})) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await client.expect_nothing(for_s=0.6)
        await upstream.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        await client.expect_response(204)


async def test_a_connection_that_never_says_a_word_is_closed() -> None:
    limits = {"idle_timeout": "300ms", "header_timeout": "300ms"}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits=limits)) as proxy:
        client = await proxy.connect()
        await client.expect_cut(within_s=1)


async def test_send_timeout_cuts_a_client_that_reads_nothing() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"send_timeout": "400ms"})) as proxy:
        client = await proxy.connect(small=True)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 1073741824\r\n\r\n")
        pouring = asyncio.create_task(upstream.pour(b"a" * 65536, 1073741824))
        await upstream.until(lambda: upstream.ended, "the end of a response that nobody reads", within_s=3)
        await pouring
        client.go_on_reading()
        await client.expect_cut()


async def test_send_timeout_spares_a_client_that_reads_slowly() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"send_timeout": "400ms"})) as proxy:
        client = await proxy.connect(small=True, record=False)
        client.stop_reading()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 16777216\r\n\r\n")
        pouring = asyncio.create_task(upstream.pour(b"a" * 65536, 16777216))
        for _ in range(8):
            client.go_on_reading()
            await asyncio.sleep(0.02)
            client.stop_reading()
            await asyncio.sleep(0.15)
        client.go_on_reading()
        await pouring
        await client.until(lambda: client.received_bytes > 16777216, "the whole body", 20)


async def test_connections_over_the_limit_are_answered_503() -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin, limits={"connections": 2})) as proxy:
        first, second = await proxy.connect(), await proxy.connect()
        await first.send(get())
        await first.expect_response(200)
        third = await proxy.connect()
        await third.send(get())
        await refused(third, 503)
        third.close()
        second.close()
        await asyncio.sleep(0.02)
        fourth = await proxy.connect()
        await fourth.send(get())
        await fourth.expect_response(200)


@pytest.mark.parametrize("interim", [b"", b"HTTP/1.1 100 Continue\r\n\r\n", b"HTTP/1.1 103 Early Hints\r\n\r\n"])
async def test_response_timeout_is_one_deadline_until_the_final_head(interim: bytes) -> None:
    config = {"limits": {"response_timeout": "500ms"}, "upstream": {"timeouts": {"first_byte": "10s"}}}
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, **config)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        started = asyncio.get_running_loop().time()
        while b"504" not in client.unread:
            assert asyncio.get_running_loop().time() - started < 1.5
            if upstream.ended is None:
                await upstream.send(interim)
            await asyncio.sleep(0.05)
        await upstream.until(lambda: upstream.ended, "the end of what came too late")


async def test_response_timeout_does_not_cut_a_long_body() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"response_timeout": "300ms"})) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n")
        for _ in range(6):
            await asyncio.sleep(0.1)
            await upstream.send(b"a")
        await client.expect_response(200, body=b"aaaaaa")


async def test_response_timeout_holds_over_the_retries() -> None:
    config = {
        "limits": {"response_timeout": "500ms"},
        "upstream": {"timeouts": {"first_byte": "400ms"}, "retries": {"attempts": 10}},
    }
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, **config)) as proxy:
        client = await proxy.connect()
        started = asyncio.get_running_loop().time()
        await client.send(get())
        await client.expect_response(504)
        assert asyncio.get_running_loop().time() - started < 1


async def test_trailer_bytes_over_the_limit_of_a_client_are_answered_400() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"trailer_bytes": "1KiB"})) as proxy:
        client = await proxy.connect()
        await client.send(
            get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\nX: " + b"a" * 1100 + b"\r\n\r\n"
        )
        await refused(client, 400)


async def test_trailer_bytes_up_to_the_limit_are_discarded() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(in_front_of(origin, limits={"trailer_bytes": "1KiB"})) as proxy,
    ):
        client = await proxy.connect()
        await client.send(
            get("/", "Transfer-Encoding: chunked", method="POST") + b"0\r\nX: " + b"a" * 900 + b"\r\n\r\n"
        )
        await client.expect_response(200)
        assert b"aaa" not in origin.recorded


async def test_trailer_bytes_over_the_limit_of_an_origin_cut_the_answer() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_until(b"\r\n\r\n")
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n")
        await client.expect_until(b"hello\r\n")
        await upstream.send(b"0\r\nX: " + b"a" * 20_000 + b"\r\n\r\n")
        assert b"0\r\n\r\n" not in await client.expect_cut()


async def test_tunnel_idle_timeout_closes_both_ends() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin, limits={"tunnel_idle_timeout": "400ms"})) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Connection: Upgrade", "Upgrade: echo"))
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(b"HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: echo\r\n\r\n")
        await client.expect_response(101)
        for _ in range(4):
            await asyncio.sleep(0.2)
            await client.send(b"a")
            await upstream.expect(b"a")
        await client.expect_closed(within_s=1)
        await upstream.expect_closed(within_s=1)
