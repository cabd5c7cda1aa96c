"""curl and aiohttp's client, once straight to the origin and once through the proxy: the origin sees the same."""

import asyncio
import re
from collections.abc import AsyncIterator, Sequence

import aiohttp
import pytest
from kit import FakeOrigin, Message, Proxy, answering, complete_messages, get, in_front_of

OURS = {"x-forwarded-for", "x-forwarded-proto", "x-forwarded-host", "forwarded", "via"}
BOUNDARY = re.compile("-{24}[0-9A-Za-z]+")
"""Of a form, drawn by curl at random."""
OF_THE_HOP = {"connection", "keep-alive", "te", "expect"}
METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "HEAD", "PROPFIND", "REPORT"]

ANSWER = (
    b"HTTP/1.1 200 Very Well\r\nServer: origin\r\nDate: Thu, 01 Jan 2026 00:00:00 GMT\r\nSet-Cookie: a=b; Path=/\r\n"
    b"Content-Type: text/plain\r\nSet-Cookie: c=d; HttpOnly\r\nX-Odd-NAME: \xe9  \xff\r\nVary: A\r\nVary: B\r\n"
    b"Content-Length: 5\r\n\r\nhello"
)


def essence(request: Message) -> tuple[str, str, list[tuple[str, str]], str]:
    kept = [(name, value) for name, value in request.fields if name.lower() not in OURS | OF_THE_HOP]
    framing = {"content-length", "transfer-encoding", "host"}
    ordered = [pair for pair in kept if pair[0].lower() not in framing]
    framed = sorted((name.lower(), value.lower()) for name, value in kept if name.lower() in framing)
    named = [(name, BOUNDARY.sub("boundary", value)) for name, value in ordered + framed]
    return request.method, request.target, named, BOUNDARY.sub("boundary", request.body.decode("latin-1"))


async def curl(*arguments: str, stdin: bytes = b"") -> bytes:
    process = await asyncio.create_subprocess_exec(
        "curl",
        "--silent",
        "--show-error",
        "--max-time",
        "20",
        "--noproxy",
        "*",
        "--path-as-is",
        *arguments,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
    )
    out, err = await process.communicate(stdin)
    assert process.returncode == 0, err.decode()
    return out


async def seen_both_ways(*arguments: str, target: str = "/", stdin: bytes = b"") -> tuple[list[Message], list[bytes]]:
    """Run curl against the origin and against the proxy; return what the origin saw and what curl printed."""
    async with FakeOrigin(answering(ANSWER)) as origin, Proxy(in_front_of(origin)) as proxy:
        said = [
            await curl(*arguments, "-H", "Host: shop.test", f"http://{address}{target}", stdin=stdin)
            for address in (origin.address, proxy.authority)
        ]
        requests = [complete_messages(bytes(wire.received)) for wire in origin.connections]
        assert all(rest == b"" for _, rest in requests)
        return [request for whole, _ in requests for request in whole], said


@pytest.mark.parametrize(
    "arguments",
    [
        ["-i"],
        ["-i", "--http1.0"],
        ["-I"],
        ["-i", "-X", "DELETE"],
        ["-i", "-X", "OPTIONS"],
        ["-i", "-X", "PROPFIND", "-H", "Depth: 1"],
        ["-i", "-d", "a=b&c=d"],
        ["-i", "-d", "a=b", "-H", "Expect: 100-continue"],
        ["-i", "--data-binary", "@-"],
        ["-i", "-T", "-"],
        ["-i", "-T", "-", "-H", "Transfer-Encoding: chunked"],
        ["-i", "-F", "file=@-;filename=a.bin", "-F", "text=é"],
        ["-i", "-H", "Cookie: a=b", "-H", "Cookie: c=d", "-H", "X-Odd-NAME:  two  spaces ", "-H", "X-Empty;"],
        ["-i", "--compressed", "-A", "agent/1.0", "-e", "http://referer.test/"],
        ["-i", "-u", "user:pass"],
        ["-i", "-r", "0-99"],
    ],
    ids=" ".join,
)
async def test_curl_passes_through_unchanged(arguments: Sequence[str]) -> None:
    body = bytes(range(256)) * 40
    (direct, proxied), (said_directly, said_through) = await seen_both_ways(*arguments, stdin=body)
    assert essence(proxied) == essence(direct)
    assert fields_of(said_through) == fields_of(said_directly)


def fields_of(printed: bytes) -> tuple[list[bytes], bytes]:
    """Return the final head that curl printed, less what belongs to the hop or to us, and the body."""
    heads, _, body = printed.rpartition(b"\r\n\r\n")
    head = heads.rpartition(b"\r\n\r\n")[2]
    lines = head.split(b"\r\n")
    lines[0] = lines[0].replace(b"HTTP/1.0", b"HTTP/1.1")
    return [line for line in lines if not line.lower().startswith((b"connection:", b"via:", b"content-length:"))], body


@pytest.mark.parametrize(
    "target",
    [
        "/a%20b?c=d%2Fe&f",
        "/?",
        "/a?b?c",
        "/a;b=c/d",
        "/a:b@c!$&'()*+,=d",
        "/%E2%9C%93",
        "/a?x=%zz&y=/../z",
        "/~a/-_.x",
    ],
)
async def test_targets_pass_through_unchanged(target: str) -> None:
    (direct, proxied), _ = await seen_both_ways("--globoff", target=target)
    assert proxied.target == direct.target == target


async def test_a_hundred_kilobytes_pass_through_curl_both_ways() -> None:
    body = bytes(i * 7 % 253 for i in range(100_000))
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        asking = asyncio.create_task(curl("-T", "-", f"http://{proxy.authority}/", stdin=body))
        upstream = await origin.accept()
        if b"100-continue" in await upstream.expect_until(b"\r\n\r\n"):
            await upstream.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        await upstream.expect_until(b"\r\n0\r\n\r\n")
        whole, rest = complete_messages(bytes(upstream.received))
        assert (whole[0].body, rest) == (body, b"")
        await upstream.send(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n186a0\r\n" + body + b"\r\n0\r\n\r\n")
        assert await asking == body


# aiohttp's client.


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


async def stream() -> AsyncIterator[bytes]:
    for piece in (b"one", b"two" * 1000, b"three"):
        yield piece
        await asyncio.sleep(0)


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("body", ["none", "bytes", "stream", "form"])
async def test_aiohttps_client_passes_through_unchanged(session: aiohttp.ClientSession, method: str, body: str) -> None:
    bodies = {"none": None, "bytes": b"\x00\xff" * 5000, "form": {"a": "b", "c": "é"}}
    headers = [("Host", "shop.test"), ("X-A", "1"), ("Cookie", "a=b"), ("X-A", "2"), ("x-odd-NAME", "é")]
    async with (
        FakeOrigin(answering(ANSWER if method != "HEAD" else ANSWER[:-5])) as origin,
        Proxy(in_front_of(origin)) as proxy,
    ):
        for address in (origin.address, proxy.authority):
            data = stream() if body == "stream" else bodies[body]
            async with session.request(method, f"http://{address}/a?b=c", headers=headers, data=data) as answer:
                assert (answer.status, answer.reason) == (200, "Very Well")
                assert await answer.read() == (b"" if method == "HEAD" else b"hello")
                assert answer.headers.getall("Set-Cookie") == ["a=b; Path=/", "c=d; HttpOnly"]
        direct, proxied = (complete_messages(bytes(wire.received))[0][0] for wire in origin.connections)
        assert essence(proxied) == essence(direct)


async def test_aiohttps_client_reads_events_as_they_come(session: aiohttp.ClientSession) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        asking = asyncio.create_task(session.get(f"http://{proxy.authority}/events"))
        upstream = await origin.accept()
        await upstream.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n")
        async with await asking as answer:
            for number in range(3):
                event = b"data: %d\n\n" % number
                await upstream.send(b"%x\r\n%b\r\n" % (len(event), event))
                assert await answer.content.readexactly(len(event)) == event
            await upstream.send(b"0\r\n\r\n")
            assert await answer.read() == b""


async def test_answers_pass_through_with_their_lines_order_phrase_and_bytes() -> None:
    async with FakeOrigin(answering(ANSWER)) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get())
        response = await client.expect_response(200, body=b"hello")
        assert response.start == b"HTTP/1.1 200 Very Well"
        names = [name for name, _ in response.fields if name not in ("Via", "Content-Length")]
        assert names == ["Server", "Date", "Set-Cookie", "Content-Type", "Set-Cookie", "X-Odd-NAME", "Vary", "Vary"]
        assert response.get("X-Odd-NAME") == "\xe9  \xff"
        assert response.get("Date") == "Thu, 01 Jan 2026 00:00:00 GMT"
