"""Bodies through a filter's hook, piece by piece."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import Pieces, make_exchange, make_response

from proxy.body import Body, collect
from proxy.errors import BodyTooLarge, FilterError, UpstreamCut
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.filtered_body import AnsweredInBody, FilteredBody, wrapped
from proxy.hook import Hook, OnError, Step
from proxy.messages import Response


class Keeps(Filter):
    """Gives nothing on until the end, as a compressor may."""

    name = "keeps"

    def __init__(self) -> None:
        self.kept: list[bytes] = []
        self.lasts = 0

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        self.kept.append(chunk)
        self.lasts += last
        return b"".join(self.kept) if last else b""


class Doubles(Filter):
    name = "doubles"

    async def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk * 2 + (b"." if last else b"")


class Fails(Filter):
    name = "fails"

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        raise ValueError("broken")


class Refuses(Filter):
    name = "refuses"

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        return make_response(403)


def hook_of(filter: Filter, name: str = "on_response_body", on_error: OnError = "closed") -> Hook:
    return Hook(Step(filter, on_error=on_error), 0, name)


def filtered(filter: Filter, body: Body) -> FilteredBody:
    return FilteredBody(hook_of(filter), make_exchange(), body)


@given(st.lists(st.binary(min_size=1, max_size=9), max_size=6))
async def test_a_filter_that_waits_for_the_end_sees_all_and_one_end(pieces: list[bytes]) -> None:
    keeps = Keeps()
    body = filtered(keeps, Pieces(*pieces))
    assert await collect(body, 1000) == b"".join(pieces)
    assert await body.read() == b""
    assert keeps.lasts == 1
    assert keeps.kept == [*pieces, b""]


async def test_each_piece_goes_on_as_soon_as_it_comes() -> None:
    body = filtered(Doubles(), Pieces(b"a", b"b"))
    assert [await body.read() for _ in range(4)] == [b"aa", b"bb", b".", b""]


async def test_the_length_of_a_filtered_stream_is_unknown() -> None:
    body = filtered(Doubles(), Pieces(b"a", length=1))
    assert body.length is None
    assert not body.ready


async def test_a_body_that_breaks_breaks_behind_the_filter_too() -> None:
    class Broken(Pieces):
        async def read(self) -> bytes:
            raise UpstreamCut()

    with pytest.raises(UpstreamCut):
        await filtered(Doubles(), Broken()).read()


async def test_a_discarded_body_is_released_and_ends() -> None:
    keeps, pieces = Keeps(), Pieces(b"a", b"b")
    body = filtered(keeps, pieces)
    body.discard()
    assert await body.read() == b""
    assert await pieces.read() == b""
    assert keeps.kept == []


async def test_whole_bytes_go_through_at_once() -> None:
    assert await wrapped(hook_of(Doubles()), make_exchange(), b"a", None) == b"aa."


async def test_a_stream_asked_for_whole_is_whole() -> None:
    keeps = Keeps()
    assert await wrapped(hook_of(keeps), make_exchange(), Pieces(b"a", b"b"), 2) == b"ab"
    assert keeps.kept == [b"ab"]


@pytest.mark.parametrize("body", [b"abc", Pieces(b"a", b"bc")])
async def test_a_body_over_the_cap_is_refused(body: Body | bytes) -> None:
    with pytest.raises(BodyTooLarge):
        await wrapped(hook_of(Doubles()), make_exchange(), body, 2)


async def test_an_answer_is_raised_with_who_gave_it() -> None:
    hook = hook_of(Refuses(), "on_request_body")
    with pytest.raises(AnsweredInBody) as caught:
        await wrapped(hook, make_exchange(), b"a", None)
    assert (caught.value.hook, caught.value.response.status) == (hook, 403)


async def test_a_failure_in_mid_body_leaves_the_pieces_of_an_open_step_as_they_are() -> None:
    body = await wrapped(hook_of(Fails(), "on_request_body", "open"), make_exchange(), Pieces(b"a", b"b"), None)
    assert await collect(body, 10) == b"ab"


async def test_a_failure_in_mid_body_ends_the_exchange_of_a_closed_step() -> None:
    body = await wrapped(hook_of(Fails(), "on_request_body"), make_exchange(), Pieces(b"a", b"b"), None)
    with pytest.raises(FilterError):
        await collect(body, 10)
