"""Calls to real servers, however wrong. What takes the place of an answer was seen in a live Envoy."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trustme
from kit import FakeOrigin, answering, eventually, no_leaks
from kit.addresses import closed_address, deaf_address

from proxy.messages import Headers, Request
from proxy.metrics import Registry
from proxy.upstream.settings import EndpointSpec, Timeouts, TlsClient
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.call_sessions import CallSessions
from wasm_host.abi.proxy_wasm.http_calls import MOST_BODY_BYTES, MOST_IN_FLIGHT, CallResult, HttpCall, HttpCalls


@pytest.fixture
async def calls() -> AsyncIterator[HttpCalls]:
    sessions = CallSessions()
    yield HttpCalls(sessions, "auth")
    await sessions.close()


def upstream(
    *addresses: str, timeouts: Timeouts | None = None, tls: TlsClient | None = None, registry: Registry | None = None
) -> Upstream:
    return Upstream(
        "api",
        [EndpointSpec(address) for address in addresses],
        timeouts=timeouts or Timeouts(),
        tls=tls,
        registry=registry or Registry(),
    )


def call_to(
    to: Upstream,
    method: str = "GET",
    path: str = "/check",
    query: str | None = None,
    fields: list[tuple[str, str]] | None = None,
    body: bytes | None = None,
    timeout_s: float | None = 5.0,
) -> HttpCall:
    request = Request(method, path, query, Headers.of(fields or []), authority="calls.test", body=body)
    return HttpCall(to, request, timeout_s)


async def result_of(calls: HttpCalls, call: HttpCall) -> CallResult | None:
    delivered: asyncio.Future[CallResult | None] = asyncio.get_running_loop().create_future()
    assert calls.dispatch(call, delivered.set_result) is not None
    return await delivered


async def test_the_answer_comes_with_its_status_first_and_names_in_lower_case(calls: HttpCalls) -> None:
    answer = b"HTTP/1.1 201 Made\r\nX-User: anna\r\nSet-Cookie: a\r\nSet-Cookie: b\r\nContent-Length: 7\r\n\r\nwelcome"
    async with FakeOrigin(answering(answer)) as origin:
        result = await result_of(calls, call_to(upstream(origin.address)))
        assert result == CallResult(
            [
                (b":status", b"201"),
                (b"x-user", b"anna"),
                (b"set-cookie", b"a"),
                (b"set-cookie", b"b"),
                (b"content-length", b"7"),
            ],
            b"welcome",
        )


async def test_the_request_goes_as_it_is_and_nothing_is_added(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        fields = [("X-From", "guest"), ("x-from", "again")]
        call = call_to(upstream(origin.address), "POST", "/a%2Fb//c", "d=%20&e", fields, b"body")
        task = calls.dispatch(call, lambda result: None)
        wire = await origin.accept()
        request = await wire.expect_message()
        assert request.start == b"POST /a%2Fb//c?d=%20&e HTTP/1.1"
        assert request.fields == [
            ("Host", "calls.test"),
            ("x-from", "guest"),
            ("x-from", "again"),
            ("Content-Length", "4"),
        ]
        assert request.body == b"body"
        assert task is not None
        task.cancel()


async def test_a_request_without_a_body_announces_none(calls: HttpCalls) -> None:
    async with FakeOrigin(answering()) as origin:
        await result_of(calls, call_to(upstream(origin.address)))
        assert origin.recorded == b"GET /check HTTP/1.1\r\nHost: calls.test\r\n\r\n"


async def test_text_beyond_ascii_keeps_its_bytes(calls: HttpCalls) -> None:
    async with FakeOrigin(answering()) as origin:
        await result_of(calls, call_to(upstream(origin.address), fields=[("x", "grün".encode().decode("latin-1"))]))
        assert b"x: gr\xc3\xbcn\r\n" in origin.recorded


async def test_a_connection_is_used_again(calls: HttpCalls) -> None:
    async with FakeOrigin(answering()) as origin:
        to = upstream(origin.address)
        for _ in range(3):
            await result_of(calls, call_to(to))
        assert len(origin.connections) == 1


async def test_redirects_are_answers(calls: HttpCalls) -> None:
    answer = b"HTTP/1.1 302 Found\r\nLocation: /other\r\nContent-Length: 0\r\n\r\n"
    async with FakeOrigin(answering(answer)) as origin:
        result = await result_of(calls, call_to(upstream(origin.address)))
        assert result is not None
        assert (b":status", b"302") in result.headers
        assert origin.recorded.count(b"GET") == 1


async def test_compressed_answers_stay_compressed(calls: HttpCalls) -> None:
    answer = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 4\r\n\r\nzzzz"
    async with FakeOrigin(answering(answer)) as origin:
        result = await result_of(calls, call_to(upstream(origin.address)))
        assert result is not None
        assert result.body == b"zzzz"
        assert (b"content-encoding", b"gzip") in result.headers


async def test_cookies_are_not_kept(calls: HttpCalls) -> None:
    answer = b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b\r\nContent-Length: 0\r\n\r\n"
    async with FakeOrigin(answering(answer)) as origin:
        to = upstream(origin.address)
        await result_of(calls, call_to(to))
        await result_of(calls, call_to(to))
        assert b"Cookie: " not in origin.recorded


async def test_a_chunked_answer_is_whole_and_fields_of_the_connection_stay_behind(calls: HttpCalls) -> None:
    answer = (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nConnection: keep-alive\r\nKeep-Alive: timeout=5\r\n\r\n"
        b"3\r\none\r\n3\r\ntwo\r\n0\r\n\r\n"
    )
    async with FakeOrigin(answering(answer)) as origin:
        assert await result_of(calls, call_to(upstream(origin.address))) == CallResult(
            [(b":status", b"200"), (b"transfer-encoding", b"chunked")], b"onetwo"
        )


async def test_the_answer_to_head_has_no_body(calls: HttpCalls) -> None:
    async with FakeOrigin(answering(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n")) as origin:
        result = await result_of(calls, call_to(upstream(origin.address), "HEAD"))
        assert result == CallResult([(b":status", b"200"), (b"content-length", b"5")], b"")


def status(result: CallResult | None) -> bytes:
    assert result is not None
    assert [name for name, _ in result.headers] == [b":status", b"content-length", b"content-type"]
    return result.headers[0][1]


async def test_a_refused_connection_is_a_503(calls: HttpCalls) -> None:
    assert status(await result_of(calls, call_to(upstream(closed_address())))) == b"503"


async def test_an_upstream_without_endpoints_is_a_503(calls: HttpCalls) -> None:
    assert status(await result_of(calls, call_to(upstream()))) == b"503"


async def test_a_name_without_an_address_is_a_503(calls: HttpCalls) -> None:
    to = upstream("nowhere.invalid:80")
    assert status(await result_of(calls, call_to(to))) == b"503"
    to.close()


async def test_a_connection_that_is_not_made_in_time_is_a_503(calls: HttpCalls) -> None:
    async with deaf_address() as address:
        to = upstream(address, timeouts=Timeouts(connect_s=0.1))
        assert status(await result_of(calls, call_to(to))) == b"503"


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 2", b"no HTTP\r\n\r\n"])
async def test_an_upstream_that_hangs_up_or_talks_nonsense_is_a_503(calls: HttpCalls, answer: bytes) -> None:
    async with FakeOrigin() as origin:
        call = asyncio.create_task(result_of(calls, call_to(upstream(origin.address), "POST")))
        wire = await origin.accept()
        await wire.expect_message()
        await wire.send(answer)
        wire.transport.abort()
        assert status(await call) == b"503"


async def test_a_head_that_does_not_come_in_time_is_a_504(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        assert status(await result_of(calls, call_to(upstream(origin.address), timeout_s=0.1))) == b"504"


async def test_a_call_without_a_timeout_has_its_upstreams(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        to = upstream(origin.address, timeouts=Timeouts(first_byte_s=0.1))
        assert status(await result_of(calls, call_to(to, timeout_s=None))) == b"504"


async def test_a_calls_own_timeout_may_be_longer_than_its_upstreams(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        to = upstream(origin.address, timeouts=Timeouts(first_byte_s=0.05))
        call = asyncio.create_task(result_of(calls, call_to(to)))
        wire = await origin.accept()
        await asyncio.sleep(0.2)
        await wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")
        assert await call == CallResult([(b":status", b"204")], b"")


async def test_an_answer_cut_in_its_body_is_a_failure(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        call = asyncio.create_task(result_of(calls, call_to(upstream(origin.address))))
        wire = await origin.accept()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        wire.transport.close()
        assert await call is None


async def test_an_answer_that_stalls_in_its_body_is_a_failure(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        call = asyncio.create_task(result_of(calls, call_to(upstream(origin.address), timeout_s=0.2)))
        wire = await origin.accept()
        await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab")
        assert await call is None


def answer_of(size: int) -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % size + bytes(size)


async def test_an_answer_that_does_not_say_its_length_ends_with_the_connection(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        call = asyncio.create_task(result_of(calls, call_to(upstream(origin.address))))
        wire = await origin.accept()
        await wire.send(b"HTTP/1.1 200 OK\r\n\r\nall")
        wire.transport.close()
        assert await call == CallResult([(b":status", b"200")], b"all")


async def test_a_body_of_the_largest_size_is_whole(calls: HttpCalls) -> None:
    async with FakeOrigin(answering(answer_of(MOST_BODY_BYTES))) as origin:
        result = await result_of(calls, call_to(upstream(origin.address)))
        assert result is not None
        assert len(result.body) == MOST_BODY_BYTES


async def test_a_larger_body_is_a_failure_and_its_connection_is_cut(calls: HttpCalls) -> None:
    async with FakeOrigin(answering(answer_of(8 * MOST_BODY_BYTES))) as origin:
        assert await result_of(calls, call_to(upstream(origin.address))) is None
        assert await eventually(lambda: origin.connections[0].ended is not None)


async def test_a_cancelled_call_delivers_nothing_and_hangs_up(calls: HttpCalls) -> None:
    delivered: list[CallResult | None] = []
    async with FakeOrigin() as origin:
        task = calls.dispatch(call_to(upstream(origin.address)), delivered.append)
        wire = await origin.accept()
        await wire.expect_message()
        assert task is not None
        task.cancel()
        assert await eventually(lambda: wire.ended is not None)
        assert delivered == []


async def test_one_call_too_many_is_refused_until_one_ends(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        to = upstream(origin.address)
        tasks = [calls.dispatch(call_to(to), lambda result: None) for _ in range(MOST_IN_FLIGHT)]
        assert calls.dispatch(call_to(to), lambda result: None) is None
        for task in tasks:
            assert task is not None
            task.cancel()
        await asyncio.gather(*(task for task in tasks if task), return_exceptions=True)
        last = calls.dispatch(call_to(to), lambda result: None)
        assert last is not None
        last.cancel()


async def test_calls_that_are_cancelled_make_room_at_once(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        to = upstream(origin.address)
        for _ in range(2):
            tasks = [calls.dispatch(call_to(to), lambda result: None) for _ in range(MOST_IN_FLIGHT)]
            for task in tasks:
                assert task is not None
                task.cancel()


async def test_closed_sessions_leave_nothing_behind(tmp_path: Path) -> None:
    path = str(tmp_path / "api.sock")
    async with no_leaks(), FakeOrigin(answering()) as origin, FakeOrigin(answering(), path=path) as other:
        sessions = CallSessions()
        calls = HttpCalls(sessions, "auth")
        await result_of(calls, call_to(upstream(origin.address)))
        await result_of(calls, call_to(upstream(other.address)))
        await sessions.close()
        assert await eventually(
            lambda: all(wire.ended is not None for wire in (*origin.connections, *other.connections))
        )


async def test_nothing_is_delivered_from_inside_dispatch(calls: HttpCalls) -> None:
    delivered: list[CallResult | None] = []
    calls.dispatch(call_to(upstream()), delivered.append)
    assert delivered == []
    assert await eventually(lambda: bool(delivered))


async def test_calls_are_in_the_upstreams_books(calls: HttpCalls) -> None:
    registry, refusing = Registry(), closed_address()
    async with FakeOrigin(answering()) as origin:
        to = upstream(origin.address, refusing, registry=registry)
        for _ in range(4):
            await result_of(calls, call_to(to))
        assert sorted(registry.snapshot()["upstream_requests_total"]) == sorted(
            [(["api", origin.address, "200"], 2), (["api", refusing, "0"], 2)]
        )
        assert [endpoint.in_flight for endpoint in to.endpoints] == [0, 0]


async def test_a_call_under_way_counts_for_the_balancer(calls: HttpCalls) -> None:
    async with FakeOrigin() as origin:
        to = upstream(origin.address)
        task = calls.dispatch(call_to(to), lambda result: None)
        await origin.accept()
        assert to.endpoints[0].in_flight == 1
        assert task is not None
        task.cancel()
        assert await eventually(lambda: to.endpoints[0].in_flight == 0)


async def test_a_unix_socket_is_called(calls: HttpCalls, tmp_path: Path) -> None:
    async with FakeOrigin(answering(), path=str(tmp_path / "api.sock")) as origin:
        result = await result_of(calls, call_to(upstream(origin.address)))
        assert result is not None
        assert result.body == b"ok"


async def test_tls_on_a_unix_socket_is_never_plain_text(calls: HttpCalls, tmp_path: Path) -> None:
    async with FakeOrigin(answering(), path=str(tmp_path / "api.sock")) as origin:
        to = upstream(origin.address, tls=TlsClient(verify=False))
        assert status(await result_of(calls, call_to(to))) == b"503"
        assert origin.connections == []


def tls_server(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("calls.test").configure_cert(context)
    return context


async def test_an_upstreams_tls_is_spoken_to_it(calls: HttpCalls, tmp_path: Path) -> None:
    authority, ca = trustme.CA(), tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(ca))
    async with FakeOrigin(answering(), tls=tls_server(authority)) as origin:
        to = upstream(origin.address, tls=TlsClient(ca=str(ca), server_name="calls.test"))
        result = await result_of(calls, call_to(to))
        assert result is not None
        assert result.body == b"ok"


async def test_a_certificate_that_nobody_vouches_for_is_a_503(calls: HttpCalls) -> None:
    async with FakeOrigin(answering(), tls=tls_server(trustme.CA())) as origin:
        to = upstream(origin.address, tls=TlsClient(server_name="calls.test"))
        assert status(await result_of(calls, call_to(to))) == b"503"
        assert origin.recorded == b""
