"""Byte ranges (RFC 9110 §14)."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.ranges import MOST_RANGES, Part, multipart, wanted_parts

BODY = b"0123456789"


def parts(value: str, length: int = 10) -> list[tuple[int, int]] | None:
    found = wanted_parts(value.encode(), length)
    return None if found is None else [(part.first, part.last) for part in found]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-1", [(0, 1)]),
        ("bytes=4-4", [(4, 4)]),
        ("bytes=1-", [(1, 9)]),
        ("bytes=8-99", [(8, 9)]),
        ("bytes=-1", [(9, 9)]),
        ("bytes=-99", [(0, 9)]),
        ("Bytes = 0-1 , 5-6", [(0, 1), (5, 6)]),
        ("bytes=5-6,0-1", [(5, 6), (0, 1)]),
        ("bytes=,0-1,", [(0, 1)]),
        ("bytes=0-1,20-30", [(0, 1)]),
        ("bytes=0000000000000000000000001-2", [(1, 2)]),
        ("bytes=0-" + "9" * 10_000, [(0, 9)]),
    ],
)
def test_ranges_are_cut_to_what_is_there(value: str, expected: list[tuple[int, int]]) -> None:
    assert parts(value) == expected


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("bytes=0-3,2-5", [(0, 5)]),
        ("bytes=4-,0-3", [(0, 9)]),
        ("bytes=0-9,0-9,0-9", [(0, 9)]),
        ("bytes=8-9,0-1,1-2", [(0, 2), (8, 9)]),
        ("bytes=0-5,2-3", [(0, 5)]),
    ],
)
def test_those_that_overlap_or_touch_are_one(value: str, expected: list[tuple[int, int]]) -> None:
    assert parts(value) == expected


@pytest.mark.parametrize("value", ["bytes=10-", "bytes=10-20", "bytes=-0", "bytes=10-,-0", f"bytes={'9' * 10_000}-"])
def test_what_begins_behind_the_end_is_unsatisfiable(value: str) -> None:
    assert parts(value) == []


@pytest.mark.parametrize(
    "value",
    [
        "",
        "bytes",
        "bytes=",
        "bytes=,",
        "bytes=-",
        "bytes=2-1",
        "bytes=0-1,x",
        "bytes=a-b",
        "bytes=0-1;5-6",
        "bytes=+1-2",
        "bytes=1 - 2",
        "lines=0-1",
        "bytes 0-1",
        "bytes=" + ",".join(f"{2 * at}-{2 * at}" for at in range(MOST_RANGES + 1)),
    ],
)
def test_any_other_field_is_ignored(value: str) -> None:
    assert parts(value) is None


def test_an_empty_body_has_no_part() -> None:
    assert parts("bytes=0-", 0) == []
    assert parts("bytes=-5", 0) == []


@given(st.text("bytes=0123456789-, ", max_size=40), st.integers(0, 200))
def test_parts_lie_apart_and_within_the_body(value: str, length: int) -> None:
    for text in (value, f"bytes={value}"):
        found = parts(text, length) or []
        assert all(0 <= first <= last < length for first, last in found)
        ordered = sorted(found)
        assert all(one[1] + 1 < other[0] for one, other in pairwise(ordered))


@given(st.lists(st.tuples(st.integers(0, 60), st.integers(0, 60)).map(sorted), min_size=1, max_size=MOST_RANGES))
def test_the_bytes_asked_for_are_the_bytes_given(ranges: list[list[int]]) -> None:
    asked = {at for first, last in ranges for at in range(first, last + 1) if at < 50}
    found = parts("bytes=" + ",".join(f"{first}-{last}" for first, last in ranges), 50) or []
    given_ = {at for first, last in found for at in range(first, last + 1)}
    assert given_ >= asked
    assert len(given_) == sum(last - first + 1 for first, last in found)
    assert given_ == asked


def test_a_part_says_where_it_stands() -> None:
    part = Part(2, 5)
    assert part.size == 4
    assert part.content_range(10) == b"bytes 2-5/10"


def test_several_parts_are_one_multipart_content() -> None:
    several = multipart(BODY, [Part(0, 1), Part(8, 9)], b"text/plain")
    kind, _, boundary = several.content_type.partition(b"; boundary=")
    assert kind == b"multipart/byteranges"
    assert several.content.replace(boundary, b"X") == (
        b"--X\r\nContent-Type: text/plain\r\nContent-Range: bytes 0-1/10\r\n\r\n01\r\n"
        b"--X\r\nContent-Type: text/plain\r\nContent-Range: bytes 8-9/10\r\n\r\n89\r\n"
        b"--X--\r\n"
    )


def test_a_type_that_is_not_known_is_not_told() -> None:
    assert b"Content-Type" not in multipart(BODY, [Part(0, 1), Part(8, 9)], None).content


def test_no_boundary_occurs_in_the_body() -> None:
    two = [Part(0, 1), Part(8, 9)]
    first = multipart(BODY, two, None).content_type.partition(b"=")[2]
    body = BODY + first
    second = multipart(body, two, None).content_type.partition(b"=")[2]
    assert second not in body
    assert multipart(body, two, None).content_type.endswith(second)
