"""Bodies as attackers send them: cut anywhere, too many, deep or long. The decision stands, or the stated answer."""

from __future__ import annotations

import asyncio
import json
import pathlib

import pytest
from kit import post
from kit.guarding import RULES, counted, guarding, settled

from filters.waf.library import BASE

BOUNDARY = "weir"
FORM = "Content-Type: application/x-www-form-urlencoded"
JSON = "Content-Type: application/json"
XML = "Content-Type: application/xml"
MULTIPART = f"Content-Type: multipart/form-data; boundary={BOUNDARY}"
MIB = 1024 * 1024
XML_RULE = 'SecRule XML:/* "@contains attack" "id:50,phase:2,deny,log,msg:\'an attack in XML\'"\n'


def field(value: bytes, disposition: str = 'name="a"') -> bytes:
    head = f"--{BOUNDARY}\r\nContent-Disposition: form-data; {disposition}\r\n\r\n"
    return head.encode() + value + f"\r\n--{BOUNDARY}--\r\n".encode()


def head_of(kind: str) -> bytes:
    return f"POST / HTTP/1.1\r\nHost: a.example\r\n{kind}\r\nTransfer-Encoding: chunked\r\n\r\n".encode()


def chunk(piece: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(piece), piece)


@pytest.mark.parametrize("word", ["attack", "a tack"])
@pytest.mark.parametrize(
    ("kind", "body"),
    [(FORM, "b=1&a={}"), (JSON, '{{"b": [1, "{}"]}}'), (XML, "<a><b>{}</b></a>"), (MULTIPART, None)],
    ids=["form", "json", "xml", "multipart"],
)
async def test_wherever_a_body_is_cut_it_is_judged_alike(
    tmp_path: pathlib.Path, kind: str, body: str | None, word: str
) -> None:
    whole = field(word.encode()) if body is None else body.format(word).encode()
    status = 403 if word == "attack" else 200
    async with guarding(tmp_path, rules=RULES + XML_RULE) as (proxy, _):
        client = await proxy.connect()
        for cut in range(1, len(whole)):
            await client.send(head_of(kind) + chunk(whole[:cut]))
            await asyncio.sleep(0)
            await client.send(chunk(whole[cut:]) + b"0\r\n\r\n")
            await client.expect_response(status)
        await settled(proxy)
        assert set(counted(proxy)) == {"blocked" if status == 403 else "passed"}


def nested(depth: int) -> bytes:
    return b'{"a":' * depth + b'"attack"' + b"}" * depth


@pytest.mark.parametrize(
    ("kind", "body", "status"),
    [
        (FORM, b"&".join(b"a%d=1" % n for n in range(1000)), 200),
        (FORM, b"&".join(b"a%d=1" % n for n in range(10_000)), 413),
        (FORM, b"&".join(b"a%d=1" % n for n in range(999)) + b"&a=attack", 403),
        (JSON, nested(60), 403),
        (JSON, nested(1000), 413),
        (JSON, nested(15_000), 413),
        (JSON, json.dumps({"a": "x" * 10 * MIB}).encode(), 413),
        (FORM, b"a=" + b"x" * (9 * MIB), 413),
        (FORM, b"a=" + b"x" * (10 * MIB), 413),
        (XML, b"<a>" + b"x" * (9 * MIB) + b"</a>", 413),
        ("Content-Type: application/octet-stream", b"x" * (9 * MIB), 413),
        (MULTIPART, field(b"\0" * (9 * MIB), 'name="a"; filename="a.bin"'), 200),
        (MULTIPART, field(b"\0" * (9 * MIB), 'name="attack"; filename="a.bin"'), 200),
        (MULTIPART, field(b"x" * (9 * MIB)), 413),
        (MULTIPART, f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="a"\r\n\r\nattack\r\n'.encode()
         + field(b"\0" * (9 * MIB), 'name="b"; filename="a.bin"'), 403),
    ],
    ids=["1,000 arguments", "10,000 arguments", "an attack behind 999", "60 deep", "1,000 deep", "15,000 deep",
         "JSON of 10 MiB", "a form of 9 MiB", "a form over what is held", "XML of 9 MiB", "9 MiB of bytes",
         "a file of 9 MiB", "a file in an odd field", "a field of 9 MiB", "an attack before a file of 9 MiB"],
)  # fmt: skip
async def test_what_is_too_much_is_refused_and_what_is_not_is_judged(
    tmp_path: pathlib.Path, kind: str, body: bytes, status: int
) -> None:
    async with guarding(tmp_path, more={"limits": {"body_bytes": 20 * MIB}}) as (proxy, _):
        client = await proxy.connect()
        await client.send(post(body, kind))
        await client.expect_response(status)
        await settled(proxy)
        assert "failed" not in counted(proxy)


@pytest.mark.parametrize(
    ("fields", "body", "status"),
    [
        ((FORM, "Content-Encoding: gzip"), b"\x1f\x8b", 400),
        ((FORM, "Content-Encoding: identity"), b"a=1", 200),
        ((FORM, "Content-Type: text/plain"), b"a=1", 400),
        (("Content-Type: text/plain,application/x-www-form-urlencoded",), b"a=1", 400),
        (("Content-Type: text/json",), b'{"a": "attack"}', 403),
        ((JSON,), b'{"a": 1', 400),
        ((MULTIPART,), field(b"1")[:-6], 400),
    ],
    ids=["gzip", "identity", "two types", "two types in one", "another name of JSON", "cut JSON", "a cut form"],
)
async def test_what_can_be_read_two_ways_is_refused(
    tmp_path: pathlib.Path, fields: tuple[str, ...], body: bytes, status: int
) -> None:
    async with guarding(tmp_path, rules=RULES + BASE.read_text()) as (proxy, _):
        client = await proxy.connect()
        await client.send(post(body, *fields))
        await client.expect_response(status)
