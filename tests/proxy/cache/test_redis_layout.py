import contextlib
import math
import struct
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.tiers import URL, a_response

from proxy.cache.redis_layout import (
    PREFIX_BYTES,
    Chunks,
    Keys,
    chunks_of,
    decode,
    encode,
    life_ms,
    request_blob,
    variant_name,
    vary_names,
)
from proxy.cache.stored import Stored
from proxy.errors import CacheStoreError
from proxy.messages import Headers

_moments = st.floats(0, 4e9)
_durations = st.floats(0, 1e9)
_values = st.binary(max_size=30).filter(lambda value: not any(byte < 32 or byte == 127 for byte in value))
_names = st.sampled_from([b"Content-Type", b"ETag", b"X-Any", b"Set-Cookie"])
_selections = st.lists(st.tuples(st.sampled_from([b"accept", b"cookie"]), st.none() | _values), max_size=4)


@st.composite
def responses(draw: st.DrawFn) -> Stored:
    selection = draw(_selections)
    status = draw(st.integers(200, 999))
    return Stored(
        key=draw(st.text(max_size=50)),
        url=draw(st.text(max_size=50)),
        status=status,
        status_line=draw(st.sampled_from([None, b"HTTP/1.1 %d " % status, b"HTTP/1.1 %d Fine" % status])),
        lines=draw(st.lists(st.builds(lambda name, value: name + b": " + value, _names, _values), max_size=5)),
        born=draw(_moments),
        fresh_until=draw(_moments | st.just(-math.inf)),
        keep_until=draw(_moments),
        body=draw(st.binary(max_size=100)),
        vary=tuple(name for name, _ in selection),
        variant=tuple(value for _, value in selection),
        etag=draw(st.none() | _values),
        last_modified=draw(st.none() | _values),
        must_revalidate=draw(st.booleans()),
        stale_while_revalidate_s=draw(_durations),
        stale_if_error_s=draw(_durations),
        tags=tuple(draw(st.lists(st.text(max_size=10), max_size=3))),
        generation=draw(st.integers(0, 2**53)),
    )


def same(one: Stored, other: Stored) -> bool:
    return all(getattr(one, name) == getattr(other, name) for name in Stored.__slots__)


def sealed(raw: bytes) -> bytes:
    """Give what was tampered with a check sum that fits."""
    return raw + struct.pack(">I", zlib.crc32(raw))


@given(responses())
def test_an_entry_reads_back_as_it_was_written(stored: Stored) -> None:
    found, chunks = decode(encode(stored, stored.body), stored.key)
    assert chunks is None
    assert same(found, stored)


@given(responses(), st.binary(min_size=8, max_size=8), st.integers(1, 2**20), st.integers(1, 2**36))
def test_an_entry_without_its_body_tells_where_the_chunks_are(
    stored: Stored, version: bytes, chunk_bytes: int, length: int
) -> None:
    chunks = Chunks(version, chunk_bytes, min(length, chunk_bytes * 0xFFFF))
    raw = encode(stored, chunks)
    found, told = decode(raw, stored.key)
    assert told == chunks
    assert found.body == b""
    assert chunks_of(raw[:PREFIX_BYTES]) == chunks


@given(st.binary(max_size=300))
def test_random_bytes_are_no_entry(raw: bytes) -> None:
    with pytest.raises(CacheStoreError):
        decode(raw, URL)


@given(st.binary(max_size=200), st.data())
def test_random_bytes_with_a_fitting_sum_are_no_entry_or_a_sound_one(noise: bytes, data: st.DataObject) -> None:
    raw = encode(a_response(), b"hello")[:-4]
    cut = data.draw(st.integers(0, len(raw)))
    with contextlib.suppress(CacheStoreError):
        found, _ = decode(sealed(raw[:cut] + noise), URL)
        assert all(b"\r" not in line and b"\n" not in line for line in found.lines)


@given(responses(), st.data())
def test_a_changed_byte_is_noticed(stored: Stored, data: st.DataObject) -> None:
    raw = bytearray(encode(stored, stored.body))
    raw[data.draw(st.integers(0, len(raw) - 1))] ^= data.draw(st.integers(1, 255))
    with pytest.raises(CacheStoreError):
        decode(bytes(raw), stored.key)


@given(responses(), st.data())
def test_a_cut_entry_is_noticed(stored: Stored, data: st.DataObject) -> None:
    raw = encode(stored, stored.body)
    with pytest.raises(CacheStoreError):
        decode(raw[: data.draw(st.integers(0, len(raw) - 1))], stored.key)


@pytest.mark.parametrize("raw", [None, 7, "text", [b"list"]])
def test_what_is_not_bytes_is_no_entry(raw: object) -> None:
    with pytest.raises(CacheStoreError):
        decode(raw, URL)


def test_an_entry_of_another_resource_is_refused() -> None:
    with pytest.raises(CacheStoreError, match="another resource"):
        decode(encode(a_response(), b""), "https://example.test/other")


@pytest.mark.parametrize(
    "facts",
    [
        {"status": 199},
        {"status": 1000},
        {"born": math.inf},
        {"born": math.nan},
        {"fresh_until": math.nan},
        {"keep_until": math.inf},
        {"stale_if_error_s": -1.0},
        {"stale_while_revalidate_s": math.nan},
        {"status_line": b"HTTP/1.1 404 Not Found"},
        {"status_line": b"HTTP/1.1 200 OK\r\nSet-Cookie: a=b"},
        {"lines": [b"X: 1\r\nSet-Cookie: a=b"]},
        {"lines": [b"X: 1\nSet-Cookie: a=b"]},
        {"lines": [b"no field"]},
        {"lines": [b": nameless"]},
        {"lines": [b"Space : 1"]},
        {"lines": [b"Content-Length: 5"]},
        {"lines": [b"transfer-encoding: chunked"]},
        {"lines": [b"Connection: close"]},
        {"etag": b'"1"\r\n'},
        {"last_modified": b"\x00"},
        {"vary": (b"accept",), "variant": ()},
    ],
    ids=str,
)
def test_facts_that_no_response_has_are_refused(facts: dict[str, object]) -> None:
    with pytest.raises(CacheStoreError):
        decode(encode(a_response(**facts), b""), URL)


@pytest.mark.parametrize("prefix", [None, b"", b"P\x01", b"x" * PREFIX_BYTES])
def test_no_chunks_are_read_from_what_is_no_entry(prefix: object) -> None:
    assert chunks_of(prefix) is None


@given(chunk_bytes=st.integers(1, 100), length=st.integers(1, 1000))
def test_chunks_add_up_to_the_body(chunk_bytes: int, length: int) -> None:
    chunks = Chunks(b"12345678", chunk_bytes, length)
    sizes = [chunks.size(index) for index in range(chunks.count)]
    assert sum(sizes) == length
    assert all(size == chunk_bytes for size in sizes[:-1])
    assert 0 < sizes[-1] <= chunk_bytes


@given(namespace=st.text(max_size=20), key=st.text(max_size=50))
def test_the_keys_of_a_resource_share_one_hash_tag(namespace: str, key: str) -> None:
    place = Keys(namespace).place(key)
    keys = [place.entries, place.lock, place.chunk(b"12345678", 3)]
    assert len(set(keys)) == 3
    assert len({each[each.index("{") + 1 : each.index("}")] for each in keys}) == 1
    assert all(each.startswith("penstock:1:") and each.isascii() for each in keys)


def test_keys_differ_by_resource_and_cache() -> None:
    assert Keys("a").place("1") != Keys("a").place("2")
    assert Keys("a").place("1") != Keys("b").place("1")
    assert Keys("a:{b}").purge_state != Keys("a").purge_state


def test_a_request_tells_each_field_once_by_its_lower_case_name() -> None:
    headers = Headers([b"X-A: 1", b"X-B:", b"x-a: 2", b"X-C: " + b"c" * 500])
    lines = request_blob(headers).split(b"\n")
    assert lines[0] == lines[-1] == b""
    assert lines[1:3] == [b"x-a:=1,2", b"x-b:="]
    assert lines[3].startswith(b"x-c:#")
    assert len(lines[3]) < 50


def test_absent_and_empty_select_differently() -> None:
    assert variant_name([None]) != variant_name([b""])
    assert variant_name([b"-"]) != variant_name([None])
    assert variant_name([b"a", b"b"]) != variant_name([b"a\n=b"])
    assert vary_names((b"accept", b"cookie")) == b"accept,cookie"


@pytest.mark.parametrize(("keep_until", "expected"), [(99.0, 0), (100.0, 0), (101.5, 1500), (math.inf, 31_536_000_000)])
def test_the_server_keeps_what_is_worth_keeping(keep_until: float, expected: int) -> None:
    assert life_ms(a_response(keep_until=keep_until), 100.0) == expected
