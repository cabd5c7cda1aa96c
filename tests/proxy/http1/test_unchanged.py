"""Random valid messages go through the real proxy unchanged, but for what the documentation says is added."""

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit import FakeOrigin, Message, Proxy, Wire, complete_messages, in_front_of

from proxy.http1.codec import Kind, kind_of
from proxy.http1.target import KNOWN_METHODS

ADDED = ["X-Forwarded-For", "X-Forwarded-Proto", "X-Forwarded-Host", "Forwarded", "Via"]
THOROUGH = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.too_slow])

token = st.text("!#$%&'*+-.^_`|~09azAZ", min_size=1, max_size=12)
names = st.one_of(token, st.sampled_from(["Cookie", "cookie", "Accept", "Via", "X-A", "User-Agent", "Content-Type"]))
own_names = names.filter(lambda name: kind_of(name.encode()) is Kind.PLAIN)
VISIBLE = [chr(code) for code in (*range(0x21, 0x7F), *range(0x80, 0x100))]
values = st.text([*VISIBLE, " ", "\t"], max_size=20).map(lambda text: text.strip(" \t"))
fields = st.lists(st.tuples(own_names, values), max_size=8)

segment_parts = st.one_of(st.sampled_from("abzAZ09-_~!$&'()*+,;=:@"), st.sampled_from(["%20", "%C3%A9", "%25", "a."]))
segments = st.lists(segment_parts, min_size=1, max_size=6).map("".join).filter(lambda text: text[0] != ";")
paths = st.lists(segments, max_size=4).flatmap(lambda parts: st.sampled_from(["/" + "/".join(parts)]))
queries = st.one_of(st.none(), st.text([chr(code) for code in range(0x21, 0x7F) if chr(code) != "#"], max_size=15))
pieces = st.lists(st.binary(min_size=1, max_size=500), max_size=4)
cuts = st.lists(st.integers(0, 3000), max_size=6)
framings = st.sampled_from(["none", "length", "chunked"])


def framed(framing: str, body: Sequence[bytes]) -> tuple[list[tuple[str, str]], bytes]:
    if framing == "chunked":
        chunks = b"".join(b"%x\r\n%b\r\n" % (len(piece), piece) for piece in body)
        return [("Transfer-Encoding", "chunked")], chunks + b"0\r\n\r\n"
    if framing == "length":
        return [("Content-Length", str(sum(map(len, body))))], b"".join(body)
    return [], b""


def written(start: str, lines: Sequence[tuple[str, str]], body: bytes) -> bytes:
    head = [start, *(f"{name}: {value}" for name, value in lines), "", ""]
    return "\r\n".join(head).encode("latin-1") + body


async def said_in_pieces(wire: Wire, data: bytes, cut_at: list[int]) -> None:
    for start, end in pairwise(sorted({0, len(data), *(cut % len(data) for cut in cut_at)})):
        await wire.send(data[start:end])


def without(fields_of: list[tuple[str, str]], *dropped: str) -> list[tuple[str, str]]:
    lower = {name.lower() for name in dropped}
    return [(name, value) for name, value in fields_of if name.lower() not in lower]


requests = st.fixed_dictionaries(
    {
        "method": st.sampled_from(sorted(KNOWN_METHODS)),
        "path": paths,
        "query": queries,
        "fields": fields,
        "framing": framings,
        "pieces": pieces,
    }
)


@THOROUGH
@given(st.lists(requests, min_size=1, max_size=3), cuts)
async def test_requests_reach_the_origin_as_they_were(sent: list[dict[str, Any]], cut_at: list[int]) -> None:
    async with FakeOrigin(always_204) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        data = b"".join(map(as_request, sent))
        await said_in_pieces(client, data, cut_at)
        for request in sent:
            await client.expect_response(204, to=request["method"])
        received, rest = complete_messages(origin.recorded)
        assert rest == b""
        assert len(received) == len(sent)
        for request, message in zip(sent, received, strict=True):
            check_request(request, message)


async def always_204(wire: Wire) -> None:
    while True:
        await wire.expect_message(within_s=60)
        await wire.send(b"HTTP/1.1 204 No Content\r\n\r\n")


def target(request: dict[str, Any]) -> str:
    query = request["query"]
    return request["path"] if query is None else f"{request['path']}?{query}"


def as_request(request: dict[str, Any]) -> bytes:
    framing, body = framed(request["framing"], request["pieces"])
    lines = [("Host", "example.test"), *request["fields"], *framing]
    return written(f"{request['method']} {target(request)} HTTP/1.1", lines, body)


def check_request(request: dict[str, Any], message: Message) -> None:
    assert message.start == f"{request['method']} {target(request)} HTTP/1.1".encode()
    assert message.get("Host") == "example.test"
    assert message.body == (b"" if request["framing"] == "none" else b"".join(request["pieces"]))
    framing = [name for name, _ in framed(request["framing"], request["pieces"])[0]]
    assert [name for name in ("Transfer-Encoding", "Content-Length") if name in message] == framing
    forwarded = without(message.fields, "Host", "Content-Length", "Transfer-Encoding")
    assert forwarded[: -len(ADDED)] == request["fields"]
    assert [name for name, _ in forwarded[-len(ADDED) :]] == ADDED


responses = st.fixed_dictionaries(
    {
        "method": st.sampled_from(["GET", "HEAD", "POST"]),
        "status": st.one_of(st.sampled_from([200, 204, 205, 304, 404, 503]), st.integers(200, 599)),
        "phrase": values,
        "fields": fields,
        "framing": st.sampled_from(["length", "chunked", "close"]),
        "pieces": pieces,
    }
)


@THOROUGH
@given(responses, cuts)
async def test_responses_reach_the_client_as_they_were(said: dict[str, Any], cut_at: list[int]) -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        method, status = said["method"], said["status"]
        await client.send(written(f"{method} / HTTP/1.1", [("Host", "example.test")], b""))
        upstream = await origin.accept()
        await upstream.expect_request()
        bodiless = method == "HEAD" or status in (204, 304)
        framing, body = framed(said["framing"], said["pieces"])
        if said["framing"] == "close":
            body = b"".join(said["pieces"])
        start = f"HTTP/1.1 {status} {said['phrase']}"
        await said_in_pieces(upstream, written(start, [*said["fields"], *framing], b"" if bodiless else body), cut_at)
        if said["framing"] == "close":
            upstream.close()
        received = await client_hears(client, method)
        assert received.start == start.encode("latin-1")
        assert without(received.fields, "Content-Length", "Transfer-Encoding") == said["fields"]
        assert received.body == (b"" if bodiless else b"".join(said["pieces"]))
        if said["framing"] == "length" and status != 204:
            assert received.get("Content-Length") == framing[0][1]
        assert client.unread == b""
        assert client.ended is None


async def client_hears(client: Wire, method: str) -> Message:
    await client.until(lambda: b"\r\n\r\n" in client.unread, "a head")
    return await client.expect_message(to=method)
