"""The compress filter."""

import gzip
import zlib
from typing import Any

import brotli
import pytest
import zstandard
from kit.exchanges import Pieces, make_exchange, make_filter, make_response, run

from filters.compress import CompressFilter
from proxy.body import Body, collect
from proxy.messages import Response

TEXT = b"The quick brown fox jumps over the lazy dog. " * 100
DECODE = {
    "gzip": gzip.decompress,
    "br": brotli.decompress,
    "zstd": lambda data: zstandard.ZstdDecompressor().decompressobj().decompress(data),
}


async def answered(
    *fields: tuple[str, str],
    accept: str | None = "gzip",
    body: Body | bytes = TEXT,
    status: int = 200,
    method: str = "GET",
    content_type: str | None = "text/plain",
    asked: tuple[tuple[str, str], ...] = (),
    content_length: int | None = None,
    **options: Any,
) -> Response:
    typed = [] if content_type is None else [("Content-Type", content_type)]
    accepts = [] if accept is None else [("Accept-Encoding", accept)]
    response = make_response(status, [*typed, *fields], body)
    response.content_length = content_length
    return await run(make_exchange(method, fields=[*accepts, *asked]), response, make_filter(CompressFilter, **options))


def coding(response: Response) -> str | None:
    return response.headers.get("Content-Encoding")


@pytest.mark.parametrize("name", ["gzip", "br", "zstd"])
@pytest.mark.parametrize("streamed", [False, True])
async def test_the_client_gets_the_same_bytes_in_fewer(name: str, streamed: bool) -> None:
    response = await answered(accept=name, body=Pieces(TEXT[:1000], TEXT[1000:]) if streamed else TEXT)
    body = await collect(response.body, 1 << 20)
    assert coding(response) == name
    assert response.headers.getall("Vary") == ["Accept-Encoding"]
    assert len(body) < len(TEXT) / 5
    assert DECODE[name](body) == TEXT


async def test_a_stream_s_length_is_no_longer_known() -> None:
    response = await answered(body=Pieces(TEXT, length=len(TEXT)))
    assert not isinstance(response.body, bytes)
    assert response.body.length is None


async def test_whole_bytes_stay_whole() -> None:
    assert isinstance((await answered()).body, bytes)


async def test_the_order_of_encodings_decides_between_equals() -> None:
    accept = "gzip, br, zstd"
    assert coding(await answered(accept=accept)) == "zstd"
    assert coding(await answered(accept=accept, encodings=["gzip", "br"])) == "gzip"


async def test_what_would_be_compressed_for_others_varies() -> None:
    response = await answered(accept=None)
    assert coding(response) is None
    assert response.body == TEXT
    assert response.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("etag", ['"abc"', 'W/"abc"'])
async def test_the_etag_is_weak(etag: str) -> None:
    response = await answered(("ETag", etag))
    assert response.headers["ETag"] == 'W/"abc"'


async def test_fields_about_the_former_bytes_go() -> None:
    response = await answered(("Accept-Ranges", "bytes"), ("Content-Digest", "sha-256=:x:"), ("Content-Length", "4500"))
    assert set(response.headers) == {"Content-Type", "Content-Encoding", "Vary"}


@pytest.mark.parametrize(
    "content_type",
    [
        "text/html; charset=utf-8",
        "TEXT/CSS",
        "application/json",
        "application/problem+json",
        "application/atom+xml",
        "image/svg+xml",
        "application/wasm",
    ],
)
async def test_text_is_worth_it(content_type: str) -> None:
    assert coding(await answered(content_type=content_type)) == "gzip"


@pytest.mark.parametrize(
    "options",
    [
        {"content_type": "image/png"},
        {"content_type": "application/octet-stream"},
        {"content_type": None},
        {"content_type": "text/event-stream"},
        {"body": b"short"},
        {"body": Pieces(b"short", length=5)},
        {"body": b"", "min_size": 0},
        {"status": 204, "body": b""},
        {"status": 206},
        {"content_type": "text/plain", "types": ["text/html"]},
        {"types": []},
    ],
)
async def test_what_is_not_worth_it_is_left_alone(options: dict[str, Any]) -> None:
    response = await answered(**options)
    assert coding(response) is None
    assert "Vary" not in response.headers


@pytest.mark.parametrize(
    "field",
    [("Content-Encoding", "br"), ("Cache-Control", "public, No-Transform"), ("Content-Encoding", "identity")],
)
async def test_what_says_so_is_left_alone(field: tuple[str, str]) -> None:
    response = await answered(field)
    assert response.body == TEXT
    assert response.headers.getall("Content-Encoding") == ([field[1]] if field[0] == "Content-Encoding" else [])


async def test_a_body_of_unknown_length_is_compressed() -> None:
    assert coding(await answered(body=Pieces(b"short"))) == "gzip"


async def test_min_size_is_as_told() -> None:
    assert coding(await answered(body=b"x" * 99, min_size=100)) is None
    assert coding(await answered(body=b"x" * 100, min_size="100B")) == "gzip"


async def test_head_is_told_what_get_would_be() -> None:
    response = await answered(("ETag", '"a"'), method="HEAD", body=b"", content_length=4500)
    assert (coding(response), response.body, response.content_length) == ("gzip", b"", None)
    assert response.headers["ETag"] == 'W/"a"'


async def test_not_modified_names_the_entity_as_the_client_does() -> None:
    weak = await answered(("ETag", '"a"'), status=304, body=b"", asked=(("If-None-Match", '"z", W/"a"'),))
    strong = await answered(("ETag", '"a"'), status=304, body=b"", asked=(("If-None-Match", '"a"'),))
    assert weak.headers["ETag"] == 'W/"a"'
    assert strong.headers["ETag"] == '"a"'
    assert coding(weak) is None


@pytest.mark.parametrize("flush", ["events", "all"])
async def test_events_are_flushed_one_by_one(flush: str) -> None:
    events = [b"data: one\n\n", b"data: two\n\n"]
    response = await answered(body=Pieces(*events), content_type="text/event-stream", flush=flush)
    assert not isinstance(response.body, bytes)
    decode = zlib.decompressobj(31).decompress
    assert [decode(await response.body.read()) for _ in events] == events


async def test_other_streams_are_flushed_when_asked() -> None:
    response = await answered(body=Pieces(b"one", b"two"), flush="all")
    assert not isinstance(response.body, bytes)
    decode = zlib.decompressobj(31).decompress
    assert [decode(await response.body.read()), decode(await response.body.read())] == [b"one", b"two"]


async def test_one_after_the_other_compresses_once() -> None:
    exchange = make_exchange(fields=[("Accept-Encoding", "gzip")])
    filters = [make_filter(CompressFilter, name="it") for _ in range(2)]
    response = await run(exchange, make_response(200, [("Content-Type", "text/plain")], TEXT), *filters)
    assert isinstance(response.body, bytes)
    assert gzip.decompress(response.body) == TEXT


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"encodings": []}, "at least 1"),
        ({"encodings": ["deflate"]}, "'zstd', 'br' or 'gzip'"),
        ({"types": ["text"]}, "not a media type"),
        ({"levels": {"gzip": 10}}, "less than or equal to 9"),
        ({"levels": {"zstd": 22}}, "less than or equal to 19"),
        ({"min_size": "1KB"}, "not a size"),
        ({"flush": "sometimes"}, "'none', 'events' or 'all'"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(CompressFilter, **options)
