"""Answers before the firewall: leaks are kept in, and what is not inspected passes as it comes."""

from __future__ import annotations

import gzip
import pathlib

import pytest
from kit import Wire, get
from kit.guarding import asked, counted, guarding, requests_of, settled, silent
from kit.origin import Script

TEXT = "Content-Type: text/plain"
LEAK = b"here is the secret-key of all"


def answer(body: bytes = b"", *fields: str, status: int = 200) -> bytes:
    head = "\r\n".join([f"HTTP/1.1 {status} It", *fields, f"Content-Length: {len(body)}", "", ""])
    return head.encode("latin-1") + body


def in_chunks(*chunks: bytes, fields: str = TEXT) -> bytes:
    head = f"HTTP/1.1 200 OK\r\n{fields}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()
    return head + b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + b"0\r\n\r\n"


def once(response: bytes) -> Script:
    """Answer one request, and close."""

    async def script(wire: Wire) -> None:
        await wire.expect_message()
        await wire.send(response)
        wire.close()

    return script


@pytest.mark.parametrize(
    "leaking",
    [
        pytest.param(answer(b"fine", TEXT, "X-Leak: 1"), id="a field"),
        pytest.param(answer(b"", "X-Leak: 1", status=404), id="a field without a body"),
        pytest.param(answer(LEAK, TEXT), id="a body"),
        pytest.param(answer(LEAK, "Content-Type: TEXT/HTML;charset=utf-8"), id="a page"),
        pytest.param(answer(LEAK, "Content-Type: application/json", status=500), id="an error in JSON"),
        pytest.param(in_chunks(b"here is the secr", b"et-key"), id="in two chunks"),
        pytest.param(in_chunks(*[bytes([byte]) for byte in LEAK]), id="a byte in each chunk"),
        pytest.param(f"HTTP/1.1 200 OK\r\n{TEXT}\r\nConnection: close\r\n\r\n".encode() + LEAK, id="until the end"),
    ],
)
async def test_leaks_are_kept_in(tmp_path: pathlib.Path, leaking: bytes) -> None:
    async with guarding(tmp_path, once(leaking)) as (proxy, origin):
        refusal = await asked(proxy)
        assert refusal.status == 403
        assert b"secret" not in refusal.body
        assert "x-leak" not in refusal
        assert "x-request-id" in refusal
        assert requests_of(origin) == 1
    assert counted(proxy) == {"blocked": 1}


@pytest.mark.parametrize(
    "passing",
    [
        pytest.param(answer(LEAK, "Content-Type: image/png"), id="a type that is not named"),
        pytest.param(answer(LEAK), id="no type"),
        pytest.param(answer(gzip.compress(LEAK), TEXT, "Content-Encoding: gzip"), id="a compressed one"),
        pytest.param(answer(b"fine", TEXT), id="a harmless one"),
        pytest.param(answer(b"", TEXT), id="an empty one"),
    ],
)
async def test_what_is_not_inspected_passes_as_it_is(tmp_path: pathlib.Path, passing: bytes) -> None:
    async with guarding(tmp_path, passing) as (proxy, _):
        passed = await asked(proxy)
        assert (passed.status, passed.body) == (200, passing.partition(b"\r\n\r\n")[2])
    assert counted(proxy) == {"passed": 1}


async def test_types_are_the_routes_choice(tmp_path: pathlib.Path) -> None:
    csv = answer(LEAK, "Content-Type: text/csv")
    async with guarding(tmp_path, csv, response={"types": ["text/csv"]}) as (proxy, _):
        assert (await asked(proxy)).status == 403
    async with guarding(tmp_path, answer(LEAK, TEXT), response={"types": ["text/csv"]}) as (proxy, _):
        assert (await asked(proxy)).status == 200


async def test_bodies_may_be_left_alone_and_fields_are_judged_still(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, answer(LEAK, TEXT), response={"inspect": False}) as (proxy, _):
        assert (await asked(proxy)).body == LEAK
    async with guarding(tmp_path, answer(b"", "X-Leak: 1"), response={"inspect": False}) as (proxy, _):
        assert (await asked(proxy)).status == 403


@pytest.mark.parametrize(
    ("method", "given", "status"),
    [
        ("HEAD", f"HTTP/1.1 200 OK\r\n{TEXT}\r\nContent-Length: 29\r\n\r\n", 200),
        ("GET", "HTTP/1.1 204 No Content\r\n\r\n", 204),
        ("GET", f'HTTP/1.1 304 Not Modified\r\n{TEXT}\r\nETag: "a"\r\n\r\n', 304),
    ],
)
async def test_answers_without_a_body_do_not_wait_for_one(
    tmp_path: pathlib.Path, method: str, given: str, status: int
) -> None:
    async with guarding(tmp_path, given.encode()) as (proxy, _):
        passed = await asked(proxy, get(method=method), to=method)
        assert passed.status == status
        assert passed.all("content-length") == (["29"] if method == "HEAD" else [])
    leaking = given.replace("\r\n\r\n", "\r\nX-Leak: 1\r\n\r\n")
    async with guarding(tmp_path, leaking.encode()) as (proxy, _):
        assert (await asked(proxy, get(method=method), to=method)).status == 403


async def test_interim_answers_go_through(tmp_path: pathlib.Path) -> None:
    early = b"HTTP/1.1 103 Early Hints\r\nLink: </a.css>; rel=preload\r\n\r\n"
    async with guarding(tmp_path, early + answer(LEAK, TEXT)) as (proxy, _):
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(103)
        await client.expect_response(403)


async def test_an_answer_over_the_bound_passes_and_its_beginning_is_judged(tmp_path: pathlib.Path) -> None:
    late, early = b"x" * 2000 + LEAK, LEAK + b"x" * 2000
    async with guarding(tmp_path, answer(late, TEXT), response={"body": 1000}) as (proxy, _):
        passed = await asked(proxy)
        assert (passed.status, passed.body) == (200, late)
    assert counted(proxy) == {"overflow": 1}
    async with guarding(tmp_path, answer(early, TEXT), response={"body": 1000}) as (proxy, _):
        assert (await asked(proxy)).status == 403
    assert counted(proxy) == {"blocked": 1}


async def test_an_answer_over_the_bound_may_be_refused_instead(tmp_path: pathlib.Path) -> None:
    strict = {"body": 1000, "overflow": "reject"}
    async with guarding(tmp_path, answer(b"x" * 2000, TEXT), response=strict) as (proxy, _):
        refusal = await asked(proxy)
        assert refusal.status == 502
        assert b"xxx" not in refusal.body
    assert counted(proxy) == {"overflow": 1}


async def test_a_stream_over_the_bound_flows_on_before_its_end(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, silent, response={"body": 1000}) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        await upstream.send(f"HTTP/1.1 200 OK\r\n{TEXT}\r\nTransfer-Encoding: chunked\r\n\r\n".encode())
        await upstream.send(b"320\r\n" + b"a" * 800 + b"\r\n")
        await client.expect_nothing()
        await upstream.send(b"320\r\n" + b"b" * 800 + b"\r\n")
        await client.expect_until(b"b" * 800)
        await upstream.send(b"1\r\nc\r\n")
        await client.expect_until(b"c")
        await upstream.send(b"0\r\n\r\n")
        await client.expect_until(b"0\r\n\r\n")
        await settled(proxy)
    assert counted(proxy) == {"overflow": 1}


async def test_a_stream_of_a_type_that_is_not_named_flows_at_once(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, silent) as (proxy, origin):
        client = await proxy.connect()
        await client.send(get())
        upstream = await origin.accept()
        await upstream.expect_request()
        head = b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\n"
        await upstream.send(head + b"6\r\ndata:1\r\n")
        await client.expect_until(b"data:1")


async def test_the_length_of_what_was_held_back_is_as_the_origin_said(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path, answer(b"fine", TEXT)) as (proxy, _):
        assert (await asked(proxy)).all("content-length") == ["4"]


async def test_a_body_that_breaks_off_is_not_passed_for_whole(tmp_path: pathlib.Path) -> None:
    cut = f"HTTP/1.1 200 OK\r\n{TEXT}\r\nContent-Length: 100\r\n\r\nsome".encode()
    async with guarding(tmp_path, once(cut)) as (proxy, _):
        client = await proxy.connect()
        await client.send(get())
        await client.expect_response(502)


async def test_an_origin_that_cannot_be_reached_is_an_answer_to_judge_as_well(tmp_path: pathlib.Path) -> None:
    rules = """SecRule RESPONSE_STATUS "@streq 502" "id:1,phase:3,deny,status:418,log,msg:'gone'"\n"""
    async with guarding(tmp_path, b"nonsense\r\n\r\n", rules=rules) as (proxy, _):
        assert (await asked(proxy)).status == 418
