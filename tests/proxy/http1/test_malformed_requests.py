"""Every malformed, ambiguous or odd request of the table, sent for real: alone, after a good one, and in pieces."""

import pytest
from kit import FakeOrigin, Proxy, answering, complete_messages, get, in_front_of, soon
from kit.malformed import CASES, Case, Fate
from kit.messages import Message, NotHttp
from kit.wire import Wire

every_case = pytest.mark.parametrize("case", CASES, ids=[case.name for case in CASES])

STAYS_OPEN = {405, 417, 501}
"""Well-formed requests that are refused, after which a connection may go on."""

SAMPLE = {
    "CL.TE",
    "TE.CL",
    "two lengths that agree",
    "chunked in two lines",
    "the coding behind a bare LF",
    "chunked in HTTP/1.0",
    "a bare LF after the chunk size",
    "a bare CR after the chunk size",
    "more data than the chunk size",
    "a bare LF in an extension",
    "a folded trailer",
    "a bare LF that ends the message",
    "CR CR LF that ends the message",
    "a bare LF at the head's end",
    "LF CR at the head's end",
    "CR CR LF after the request line",
    "a bare LF before the request",
    "HTTP/2's preface",
    "the PROXY protocol, version 2",
    "HTTP/0.9 with fields",
    "a method with a NUL",
    "a folded Host",
    "a field behind a bare CR",
    "a NUL in the target",
    "two Hosts that differ",
    "an absolute target for another host",
    "path /a/..%2fb",
    "an unknown method",
    "an extension, which is dropped",
    "an identity in the trailers",
    "an empty line before the request",
    "an alias of the coding beside a length",
    "Connection names a field in a second line",
    "h2c",
}
SAMPLED = [case for case in CASES if case.name in SAMPLE]


def test_the_table_is_large_and_each_case_has_a_name_and_bytes_of_its_own() -> None:
    assert len(CASES) >= 200
    assert len({case.name for case in CASES}) == len({case.sent for case in CASES}) == len(CASES)
    assert {case.name for case in SAMPLED} == SAMPLE


@every_case
async def test_a_malformed_request_is_answered_as_stated_and_nothing_ambiguous_is_forwarded(case: Case) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(case.sent)
        await expect_outcome(case, client)
        expect_forwarded(case, origin, [])


@every_case
async def test_a_good_request_before_a_malformed_one_is_answered_first(case: Case) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/good") + case.sent)
        await client.expect_response(200, body=b"ok")
        await expect_outcome(case, client)
        expect_forwarded(case, origin, ["/good"])


@pytest.mark.parametrize("case", SAMPLED, ids=[case.name for case in SAMPLED])
async def test_the_outcome_is_the_same_wherever_the_bytes_are_split(case: Case) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        for at in range(1, len(case.sent)):
            client = await proxy.connect()
            await client.send(case.sent[:at])
            await client.send(case.sent[at:])
            await expect_outcome(case, client)
            client.close()
        recorded = [len(complete_messages(bytes(wire.received))[0]) for wire in origin.connections]
        assert sum(recorded) == (len(case.sent) - 1 if case.fate is Fate.SERVED else 0)


@pytest.mark.parametrize("case", SAMPLED, ids=[case.name for case in SAMPLED])
async def test_the_outcome_is_the_same_byte_by_byte(case: Case) -> None:
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        for at in range(len(case.sent)):
            await client.send(case.sent[at : at + 1])
        await expect_outcome(case, client)
        expect_forwarded(case, origin, [])


@pytest.mark.parametrize("case", SAMPLED, ids=[case.name for case in SAMPLED])
async def test_nothing_behind_a_refused_request_is_answered(case: Case) -> None:
    if case.fate is Fate.SERVED or case.statuses & STAYS_OPEN:
        return
    async with FakeOrigin(answering()) as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(case.sent)
        await client.send(get("/after"))
        await expect_outcome(case, client)
        assert b"/after" not in origin.recorded


async def expect_outcome(case: Case, client: Wire) -> None:
    response = await client.expect_response()
    assert response.status in case.statuses, f"{response.start!r} instead of {set(case.statuses)}"
    if case.fate is Fate.SERVED:
        return
    if response.status in STAYS_OPEN and "close" not in (response.get("Connection") or ""):
        return
    assert response.get("Connection") == "close"
    await client.expect_closed()


def expect_forwarded(case: Case, origin: FakeOrigin, before: list[str]) -> None:
    requests: list[Message] = []
    unfinished = b""
    for wire in origin.connections:
        whole, rest = complete_messages(bytes(wire.received))
        requests += whole
        unfinished += rest
    if case.fate is Fate.REFUSED:
        assert [request.target for request in requests] == before
        assert unfinished == b""
    elif case.fate is Fate.BROKEN:
        assert [request.target for request in requests] == before
    else:
        assert [request.target for request in requests] == [*before, case.target]
        assert unfinished == b""
        expect_as_stated(case, requests[-1])


def expect_as_stated(case: Case, request: Message) -> None:
    assert request.start.endswith(b" HTTP/1.1")
    assert request.body == case.body
    assert request.trailers == []
    for name, value in case.fields.items():
        assert request.get(name) == value, f"{name}: {request.all(name)}"


async def test_a_broken_body_never_ends_as_a_complete_one_upstream() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(get("/", "Transfer-Encoding: chunked", method="POST") + b"5\r\nhello\r\n")
        upstream = await origin.accept()
        await upstream.expect_until(b"hello")
        await client.send(b"zz\r\n")
        await client.expect_response(400)
        await client.expect_closed()
        await upstream.until(lambda: upstream.ended, "the upload's end")
        assert complete_messages(bytes(upstream.received))[0] == []


async def test_what_the_kit_calls_malformed_is_found_by_its_own_parser() -> None:
    for head in (b"GET /a b HTTP/1.1\r\n\r\n", b"GET / HTTP/1.1\r\nX : a\r\n\r\n", b"GET / HTTP/2.0\r\n\r\n"):
        with pytest.raises(NotHttp):
            complete_messages(head)
    await soon(1)


async def test_reading_stops_after_a_parse_error() -> None:
    """Another proxy went on, and 300 clients with header bombs took 577 MB of it."""
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        client = await proxy.connect()
        await client.send(b"GET / HTTP/1.1\r\nX : a\r\n\r\n")
        await client.expect_response(400)
        bomb = b"X: " + b"a" * 65536
        await client.pour(bomb, 200 * len(bomb))
        await client.until(lambda: client.ended, "the connection's end")


async def test_unknown_methods_pass_where_the_route_allows_them() -> None:
    async with (
        FakeOrigin(answering()) as origin,
        Proxy(in_front_of(origin, route={"allow_methods": ["BREW"]})) as proxy,
    ):
        client = await proxy.connect()
        await client.send(get("/pot", "X: a", "Content-Length: 5", method="BREW") + b"black")
        await client.expect_response(200)
        await client.send(get("/pot", method="WHEN"))
        await client.expect_response(501)
        whole, rest = complete_messages(origin.recorded)
        assert [(each.method, each.target, each.body) for each in whole] == [("BREW", "/pot", b"black")]
        assert rest == b""


async def test_a_refusal_tells_the_status_and_nothing_of_the_request_or_of_our_insides() -> None:
    async with FakeOrigin() as origin, Proxy(in_front_of(origin)) as proxy:
        for sent in (
            b"GET / SPAM/1.1\r\n\r\n",
            b'"spam" / HTTP/1.1\r\n\r\n',
            get("/", host="spam@a"),
            get("/", b"spam : a"),
        ):
            client = await proxy.connect()
            await client.send(sent)
            said = await client.expect_cut()
            assert b" 400 " in said
            for word in (b"spam", b"SPAM", b"Error", b"parser", b"malformed"):
                assert word not in said
