"""Answers made of what is stored, and of what is still coming."""

import pytest
from kit.exchanges import Pieces
from kit.received import NOW, asking, kept

from proxy.cache.answering import forwarded, from_store, gateway_timeout, prepared
from proxy.cache.fill import Budget, Fill
from proxy.cache.stored import Stored
from proxy.messages import Response
from proxy.runtime import Strand

SAID = b"Cache-Status: penstock; hit"
BODY = b"abcdefghij"


def stored(*lines: str, status: int = 200) -> Stored:
    made = kept("Cache-Control: max-age=60", 'ETag: "1"', "Content-Type: text/plain", *lines, status=status)
    made.body = BODY
    return made


def coming(length: int | None) -> Fill:
    return Fill(
        Pieces(BODY, length=length),
        limit_bytes=100,
        budget=Budget(100),
        sink=None,
        on_whole=lambda _: None,
        on_lost=lambda: None,
    )


def read(response: Response, fill: Fill) -> bytes:
    """Return what a response reads from a fill that is started now."""
    taken = []

    async def take() -> None:
        assert not isinstance(response.body, bytes)
        while piece := await response.body.read():
            taken.append(piece)

    fill.start()
    Strand(take()).step()
    return b"".join(taken)


def names(response: Response) -> set[str]:
    return {name.lower() for name in response.headers}


def test_the_whole_has_its_own_status_line_and_fields_with_its_age() -> None:
    original = stored("X: 1")
    original.status_line = b"HTTP/1.1 200 Fine"
    response = from_store(asking(), original, NOW + 7.9, SAID)
    assert (response.status, response.status_line, response.body) == (200, b"HTTP/1.1 200 Fine", BODY)
    assert response.headers["age"] == "7"
    assert response.headers["cache-status"] == "penstock; hit"
    assert response.headers["x"] == "1"


def test_the_age_is_never_below_zero() -> None:
    assert from_store(asking(), stored(), NOW - 5, SAID).headers["age"] == "0"


def test_an_answer_may_be_edited_without_harm_to_what_is_stored() -> None:
    original = stored()
    from_store(asking(), original, NOW, SAID).headers.set("etag", "other")
    assert b'ETag: "1"' in original.lines


def test_304_has_only_the_fields_that_it_should() -> None:
    response = from_store(asking('If-None-Match: "1"'), stored("X: 1"), NOW, SAID)
    assert (response.status, response.body) == (304, b"")
    assert names(response) == {"cache-control", "etag", "date", "age", "cache-status"}


def test_a_condition_that_does_not_hold_is_412() -> None:
    response = from_store(asking('If-Match: "2"'), stored(), NOW, SAID)
    assert (response.status, response.body, names(response)) == (412, b"", {"cache-status"})


@pytest.mark.parametrize(("wanted", "part"), [("0-1", b"ab"), ("-3", b"hij"), ("8-", b"ij")])
def test_a_range_is_cut_out(wanted: str, part: bytes) -> None:
    response = from_store(asking(f"Range: bytes={wanted}"), stored(), NOW, SAID)
    first = BODY.index(part)
    assert (response.status, response.body) == (206, part)
    assert response.headers["content-range"] == f"bytes {first}-{first + len(part) - 1}/10"


def test_several_ranges_are_parts_of_one_answer() -> None:
    response = from_store(asking("Range: bytes=0-0,9-9"), stored(), NOW, SAID)
    assert response.status == 206
    assert response.headers.getall("content-type")[0].startswith("multipart/byteranges; boundary=")
    assert b"Content-Type: text/plain" in response.body  # type: ignore[operator]


def test_a_range_of_nothing_is_416() -> None:
    response = from_store(asking("Range: bytes=10-"), stored(), NOW, SAID)
    assert (response.status, response.headers["content-range"], response.body) == (416, "bytes */10", b"")


def test_a_body_that_is_coming_is_streamed() -> None:
    fill = coming(10)
    response = from_store(asking(), stored(), NOW, SAID, fill)
    assert read(response, fill) == BODY


def test_a_range_of_a_body_that_is_coming_is_cut_from_the_stream() -> None:
    fill = coming(10)
    response = from_store(asking("Range: bytes=2-4"), stored(), NOW, SAID, fill)
    assert (response.status, response.headers["content-range"]) == (206, "bytes 2-4/10")
    assert read(response, fill) == b"cde"


@pytest.mark.parametrize(
    ("length", "wanted"), [(None, "2-4"), (None, "10-"), (None, "0-0,9-9"), (10, "0-0,9-9")], ids=str
)
def test_a_range_that_cannot_be_cut_yet_is_the_whole(length: int | None, wanted: str) -> None:
    fill = coming(length)
    response = from_store(asking(f"Range: bytes={wanted}"), stored(), NOW, SAID, fill)
    assert response.status == 200
    assert read(response, fill) == BODY


@pytest.mark.parametrize("length", [None, 10])
def test_conditions_are_judged_before_the_body_is_there(length: int | None) -> None:
    assert from_store(asking('If-None-Match: "1"'), stored(), NOW, SAID, coming(length)).status == 304
    assert from_store(asking('If-Match: "2"'), stored(), NOW, SAID, coming(length)).status == 412


def test_a_head_is_prepared_up_to_its_age() -> None:
    original = stored()
    original.status_line = b"HTTP/1.1 200 Fine"
    assert prepared(original) == b"\r\n".join([b"HTTP/1.1 200 Fine", *original.lines, b""])


def test_none_is_prepared_for_other_statuses() -> None:
    assert prepared(stored(status=404)) == b""


def test_our_word_comes_after_that_of_a_cache_behind_us() -> None:
    response = stored("Cache-Status: other; hit")
    answer = forwarded(from_store(asking(), response, NOW, SAID), b"Cache-Status: penstock; fwd=miss")
    assert answer.headers.getall("cache-status") == ["other; hit", "penstock; hit", "penstock; fwd=miss"]


def test_nothing_suitable_is_504() -> None:
    assert gateway_timeout(SAID).status == 504
