"""A body on its way through a guest: nothing is lost, nothing changes its place, and the limit holds."""

from __future__ import annotations

import tracemalloc
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.errors import FilterBodyTooLarge
from wasm_host.abi.proxy_wasm.body_flow import BodyFlow
from wasm_host.limits import GuestLimits

LIMIT = 8
PIECES = st.lists(st.tuples(st.binary(min_size=1, max_size=12), st.booleans()), max_size=8)
"""With each piece, whether the guest wants to hold it back."""


def flow(overflow: Any = "reject", status: int = 413) -> BodyFlow:
    return BodyFlow(GuestLimits(body_bytes=LIMIT, on_body_overflow=overflow), status)


class Passage:
    """Takes pieces through a flow as a stream does; notes what the guest saw each time."""

    def __init__(self, flow: BodyFlow) -> None:
        self.flow = flow
        self.seen: list[tuple[bytes, bool]] = []
        self.out = b""

    def piece(self, piece: bytes, holds: bool, last: bool = False) -> None:
        flow = self.flow
        if flow.blind:
            self.out += flow.release() + piece
            return
        told_last = flow.take(piece, last)
        self.seen.append((flow.buffer, told_last))
        if not (holds and flow.hold() and not told_last):
            self.out += flow.release()

    def all(self, pieces: list[tuple[bytes, bool]]) -> None:
        for piece, holds in pieces:
            self.piece(piece, holds)
        self.piece(b"", False, last=True)


def joined(pieces: list[tuple[bytes, bool]]) -> bytes:
    return b"".join(piece for piece, _ in pieces)


@pytest.mark.parametrize("overflow", ["skip", "truncate"])
@given(pieces=PIECES)
def test_nothing_is_lost_and_the_order_is_kept(overflow: str, pieces: list[tuple[bytes, bool]]) -> None:
    passage = Passage(flow(overflow))
    passage.all(pieces)
    assert passage.out == joined(pieces)


@given(pieces=PIECES)
def test_a_body_is_refused_or_goes_on_whole(pieces: list[tuple[bytes, bool]]) -> None:
    passage = Passage(flow("reject"))
    try:
        passage.all(pieces)
    except FilterBodyTooLarge:
        assert any(len(seen) > LIMIT for seen, _ in passage.seen)
    else:
        assert passage.out == joined(pieces)


@given(pieces=PIECES)
def test_a_guest_never_sees_more_than_the_limit_of_a_truncated_body(pieces: list[tuple[bytes, bool]]) -> None:
    passage = Passage(flow("truncate"))
    passage.all(pieces)
    assert all(len(seen) <= LIMIT for seen, _ in passage.seen)


@given(pieces=PIECES)
def test_a_guest_that_holds_all_of_a_truncated_body_sees_its_beginning_and_an_end(
    pieces: list[tuple[bytes, bool]],
) -> None:
    passage = Passage(flow("truncate"))
    passage.all([(piece, True) for piece, _ in pieces])
    assert passage.seen[-1] == (joined(pieces)[:LIMIT], True)
    assert [last for _, last in passage.seen].count(True) == 1


@given(pieces=PIECES)
def test_what_is_held_back_of_any_body_stays_within_the_limit_between_pieces(
    pieces: list[tuple[bytes, bool]],
) -> None:
    passage = Passage(flow("skip"))
    for piece, holds in pieces:
        passage.piece(piece, holds)
        assert len(passage.flow.buffer) <= LIMIT


@pytest.mark.parametrize("overflow", ["reject", "skip"])
def test_a_guest_that_lets_each_piece_go_on_never_meets_the_limit(overflow: str) -> None:
    passage = Passage(flow(overflow))
    passage.all([(b"0123456789", False)] * 3)
    assert [seen for seen, _ in passage.seen] == [b"0123456789"] * 3 + [b""]


def test_a_refusal_has_the_status_of_its_direction() -> None:
    for status in (413, 502):
        held = flow("reject", status)
        held.take(b"0123456789", False)
        with pytest.raises(FilterBodyTooLarge) as caught:
            held.hold()
        assert caught.value.status == status


def test_a_refused_body_is_not_kept_nor_shown_again() -> None:
    held = flow("reject")
    held.take(b"0123456789", False)
    with pytest.raises(FilterBodyTooLarge):
        held.hold()
    assert (held.buffer, held.blind) == (b"", True)


def test_a_body_of_just_the_limit_may_be_held() -> None:
    held = flow("reject")
    held.take(b"01234567", False)
    assert held.hold()


def test_what_the_guest_made_of_its_part_goes_on_before_what_it_did_not_see() -> None:
    cut = flow("truncate")
    assert cut.take(b"0123456789", False)
    cut.buffer = b"edited"
    assert cut.release() == b"edited89"


def test_another_guest_sees_what_the_first_was_shown_and_what_it_was_not() -> None:
    cut = flow("truncate")
    cut.take(b"0123456789", False)
    cut.rewind()
    assert (cut.buffer, cut.blind) == (b"0123456789", False)


@given(pieces=PIECES)
def test_the_size_is_that_of_the_buffer(pieces: list[tuple[bytes, bool]]) -> None:
    passage = Passage(flow("truncate"))
    for piece, holds in pieces:
        passage.piece(piece, holds)
        assert passage.flow.size == len(passage.flow.buffer)


def test_what_was_read_is_joined_no_more() -> None:
    held = flow()
    held.take(b"abc", False)
    held.take(b"def", False)
    assert held.buffer is held.buffer
    assert held.release() == b"abcdef"


def test_a_body_is_not_copied_with_each_of_its_pieces() -> None:
    held = BodyFlow(GuestLimits(body_bytes=10 * 1024 * 1024), 413)
    piece = bytes(64 * 1024)
    tracemalloc.start()
    try:
        for _ in range(160):
            held.take(piece, False)
            held.hold()
        assert tracemalloc.get_traced_memory()[1] < len(piece)
    finally:
        tracemalloc.stop()
    assert len(held.release()) == 10 * 1024 * 1024


def test_nothing_is_released_twice() -> None:
    plain = flow()
    plain.take(b"abc", False)
    assert (plain.release(), plain.release()) == (b"abc", b"")
