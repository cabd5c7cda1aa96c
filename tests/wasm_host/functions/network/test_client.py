"""What a function's requests are on the wire, and what it gets for them."""

import asyncio
import gzip

import pytest
from kit import FakeOrigin, Wire, answering, eventually, no_leaks
from kit.addresses import closed_address
from kit.fetching import FakeDns, failure, fetching, refusal
from kit.origin import FOREVER_S

from proxy.runtime import Strand
from proxy.upstream.resolver import Addresses
from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.services import HttpAnswer, HttpAsk
from wasm_host.functions.settings import MIB, FunctionLimits

SMALL = FunctionLimits(http_bytes=1000)


async def answered(http: FunctionHttp, origin: FakeOrigin, method: str = "GET", path: str = "/") -> HttpAnswer:
    return await http.fetch(HttpAsk(method, f"http://{origin.address}{path}"))


async def test_the_request_goes_as_it_is_and_says_who_sends_it() -> None:
    async with FakeOrigin(answering()) as origin, fetching(origin.address) as http:
        await answered(http, origin, path="/a/../%2e/b?c=d%20e#f")
        said = f"GET /a/../%2e/b?c=d%20e HTTP/1.1\r\nHost: {origin.address}\r\nUser-Agent: penstock\r\n\r\n"
        assert origin.recorded == said.encode()


async def test_fields_and_body_go_as_the_function_gives_them() -> None:
    async with FakeOrigin() as origin, fetching(origin.address) as http:
        fields = [("X-A", "1"), ("x-a", "2"), ("User-Agent", "mine"), ("Host", origin.address), ("Content-Length", "4")]
        call = http.fetch(HttpAsk("patch", f"http://{origin.address}/", fields, b"body"))
        wire = await origin.accept()
        request = await wire.expect_request("PATCH", "/", body=b"body")
        assert request.all("x-a") == ["1", "2"]
        assert request.get("User-Agent") == "mine"
        assert not {"Accept", "Accept-Encoding", "Content-Type"} & {name for name, _ in request.fields}
        await wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert (await call).status == 204


async def test_a_large_body_goes_whole() -> None:
    body = bytes(range(256)) * 4096 * 3
    limits = FunctionLimits(http_bytes=4 * MIB)
    async with FakeOrigin(answering()) as origin, fetching(origin.address, limits=limits) as http:
        await http.fetch(HttpAsk("PUT", f"http://{origin.address}/", body=body))
        assert origin.recorded.endswith(b"\r\n\r\n" + body)


@pytest.mark.parametrize("status", [200, 201, 204, 304, 404, 503])
async def test_any_status_is_an_answer(status: int) -> None:
    length = b"" if status in (204, 304) else b"Content-Length: 0\r\n"
    response = b"HTTP/1.1 %d X\r\n%b\r\n" % (status, length)
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        assert (await answered(http, origin)).status == status


async def test_the_answers_fields_come_as_they_are() -> None:
    response = (
        b"HTTP/1.1 200 OK\r\nSet-Cookie: a\r\nset-cookie: b\r\nX: \xc3\xbc\r\nY: \xfc\r\nContent-Length: 0\r\n\r\n"
    )
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        assert (await answered(http, origin)).headers == (
            ("Set-Cookie", "a"),
            ("set-cookie", "b"),
            ("X", "\u00fc"),
            ("Y", "\u00fc"),
            ("Content-Length", "0"),
        )


async def test_head_has_no_body_however_long_it_would_be() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n"
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address, limits=SMALL) as http:
        for _ in range(2):
            assert (await answered(http, origin, "HEAD")).body == b""
        assert len(origin.connections) == 1


async def test_a_compressed_body_stays_as_it_is() -> None:
    packed = gzip.compress(bytes(1_000_000))
    response = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(packed) + packed
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        assert (await answered(http, origin)).body == packed


async def test_cookies_are_not_kept() -> None:
    response = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        await answered(http, origin)
        await answered(http, origin)
        assert b"Cookie" not in origin.recorded


async def test_the_proxies_of_the_environment_are_not_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, f"http://{closed_address()}")
    async with FakeOrigin(answering()) as origin, fetching(origin.address) as http:
        assert (await answered(http, origin)).body == b"ok"


async def test_a_request_begins_before_anybody_awaits_it() -> None:
    async with FakeOrigin() as origin, fetching(origin.address) as http:
        call = http.fetch(HttpAsk("GET", f"http://{origin.address}/"))
        await (await origin.accept()).expect_request()
        call.cancel()


async def test_several_run_at_once() -> None:
    async with FakeOrigin() as origin, fetching(origin.address) as http:
        calls = [http.fetch(HttpAsk("GET", f"http://{origin.address}/{number}")) for number in range(3)]
        wires = [await origin.accept() for _ in calls]
        for wire in wires:
            target = (await wire.expect_request()).target.encode()
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n" + target)
        assert [(await call).body for call in reversed(calls)] == [b"/2", b"/1", b"/0"]


async def test_warm_connections_serve_many_at_once() -> None:
    """Eighty that wait together need eighty connections, and need them once."""

    async def script(wire: Wire) -> None:
        while wire.ended is None or wire.unread:
            await wire.expect_message(within_s=FOREVER_S)
            asked.append(wire)
            if len(asked) == 80:
                for each in asked:
                    await each.send(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")
                asked.clear()

    asked: list[Wire] = []
    async with FakeOrigin(script) as origin, fetching(origin.address, limits=FunctionLimits(http_s=60)) as http:
        for _ in range(2):
            await asyncio.gather(*(answered(http, origin) for _ in range(80)))
        assert len(origin.connections) == 80


async def test_a_strand_can_await_an_answer() -> None:
    bodies = []
    async with FakeOrigin(answering()) as origin, fetching(origin.address) as http:

        async def run() -> None:
            bodies.append((await http.fetch(HttpAsk("GET", f"http://{origin.address}/"))).body)

        strand = Strand(run())
        strand.step()
        assert await eventually(strand.done)
    assert bodies == [b"ok"]


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["head", "body"])
@pytest.mark.parametrize("give_up", ["the call", "who awaits it"])
async def test_a_call_that_is_given_up_ends_its_connection(give_up: str, said: bytes) -> None:
    async with FakeOrigin() as origin, fetching(origin.address) as http:
        call = http.fetch(HttpAsk("GET", f"http://{origin.address}/"))
        waiting = asyncio.create_task(_awaited(call))
        wire = await origin.accept()
        await wire.expect_request()
        await wire.send(said)
        (call if give_up == "the call" else waiting).cancel()
        await wire.expect_closed()
        with pytest.raises(asyncio.CancelledError):
            await waiting


async def _awaited(call: asyncio.Task[HttpAnswer]) -> HttpAnswer:
    return await call


async def test_a_body_over_the_limit_is_refused_by_its_length() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 1001\r\n\r\n"
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address, limits=SMALL) as http:
        assert await failure(answered(http, origin)) == "too_large"


async def test_a_body_without_a_length_is_cut_at_the_limit() -> None:
    async def pour(wire: Wire) -> None:
        await wire.expect_request()
        await wire.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        await wire.pour(b"400\r\n" + bytes(1024) + b"\r\n", 1 << 40)

    async with FakeOrigin(pour) as origin, fetching(origin.address) as http:
        assert await failure(answered(http, origin)) == "too_large"
        assert await eventually(lambda: origin.connections[0].ended)


async def test_a_body_at_the_limit_is_not() -> None:
    response = b"HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n" + bytes(1000)
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address, limits=SMALL) as http:
        assert (await answered(http, origin)).body == bytes(1000)


@pytest.mark.parametrize(
    "flood", [b"X-%d: y\r\n", b"X%d" * 1000, b"X: %d\r\n y\r\n"], ids=["fields", "a name", "folded lines"]
)
async def test_a_head_without_end_fails(flood: bytes) -> None:
    async def pour(wire: Wire) -> None:
        await wire.expect_request()
        await wire.send(b"HTTP/1.1 200 OK\r\n")
        for number in range(1000):
            await wire.send(flood.replace(b"%d", b"%d" % number))

    async with FakeOrigin(pour) as origin, fetching(origin.address) as http:
        assert await failure(answered(http, origin)) == "failed"


@pytest.mark.parametrize(
    "response",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
        b"SSH-2.0-OpenSSH\r\n\r\n",
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    ],
)
async def test_what_is_no_answer_fails(response: bytes) -> None:
    async with FakeOrigin(answering(response)) as origin, fetching(origin.address) as http:
        assert await failure(answered(http, origin)) == "failed"


@pytest.mark.parametrize(
    "said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["at once", "in the body"]
)
async def test_a_connection_that_is_reset_fails(said: bytes) -> None:
    async def script(wire: Wire) -> None:
        await wire.expect_request()
        await wire.send(said)
        wire.reset()

    async with FakeOrigin(script) as origin, fetching(origin.address) as http:
        assert await failure(answered(http, origin, "POST")) == "failed"


async def test_a_port_where_nobody_listens_is_unavailable() -> None:
    address = closed_address()
    async with fetching(address) as http:
        assert await failure(http.fetch(HttpAsk("GET", f"http://{address}/"))) == "unavailable"


async def test_a_name_that_does_not_exist_is_unavailable() -> None:
    async with fetching("nobody.test", dns=FakeDns()) as http:
        assert await failure(http.fetch(HttpAsk("GET", "http://nobody.test/"))) == "unavailable"


@pytest.mark.parametrize("said", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab"], ids=["head", "body"])
@pytest.mark.parametrize("own_s", [None, 0.02, 60.0])
async def test_an_answer_that_takes_too_long_is_given_up(said: bytes, own_s: float | None) -> None:
    limits = FunctionLimits(http_s=60.0 if own_s == 0.02 else 0.02)
    async with FakeOrigin(answering(said)) as origin, fetching(origin.address, limits=limits) as http:
        assert await failure(http.fetch(HttpAsk("GET", f"http://{origin.address}/", timeout_s=own_s))) == "timeout"


async def test_dns_that_does_not_answer_takes_no_longer_than_the_call_may() -> None:
    async def lookup(host: str, port: int) -> Addresses:
        return await asyncio.get_running_loop().create_future()  # type: ignore[no-any-return]

    async with no_leaks(), fetching("a.b", dns=lookup, limits=FunctionLimits(http_s=0.02)) as http:
        assert await failure(http.fetch(HttpAsk("GET", "http://a.b/"))) == "timeout"


@pytest.mark.parametrize("method", ["CONNECT", "connect", "TRACE", "", "GET /x", "G\r\nET", "G\u00cbT"])
async def test_methods_that_are_none_are_invalid(method: str) -> None:
    async with fetching("a.b") as http:
        assert await refusal(http, "http://a.b/", method) == "invalid"


@pytest.mark.parametrize("host", ["b.a", "a.b:81", "a.b, a.b", "u@a.b"])
async def test_a_host_that_is_not_the_urls_is_invalid(host: str) -> None:
    async with fetching("a.b") as http:
        assert await failure(_ask(http, "http://a.b/", [("Host", host)])) == "invalid"


async def test_a_request_over_the_limit_is_refused() -> None:
    async with fetching("a.b", limits=SMALL) as http:
        assert await failure(_ask(http, "http://a.b/", body=bytes(1001))) == "too_large"


async def _ask(
    http: FunctionHttp, url: str, headers: list[tuple[str, str]] | None = None, body: bytes = b""
) -> HttpAnswer:
    return await http.fetch(HttpAsk("POST", url, headers or [], body))
