"""HOLD: a filter that wants to see a body before anything further runs, and lets it go when it likes."""

from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response

from proxy.body import Body, collect
from proxy.chain import Chain, Step
from proxy.errors import FilterBodyTooLarge, FilterError, UpstreamCut
from proxy.exchange import Exchange
from proxy.filter import HOLD, Answer, Filter
from proxy.filtered_body import AnsweredInBody
from proxy.hook import OnError
from proxy.messages import Response

BOTH = pytest.mark.parametrize("make", [lambda: b"ab", lambda: Pieces(b"a", b"b")], ids=["whole", "streaming"])


class Marks(Filter):
    """Adds its name to each piece of both bodies, and writes down what it sees."""

    def __init__(self, name: str, seen: list[str] | None = None) -> None:
        self.name = name
        self.seen = [] if seen is None else seen

    def on_request(self, exchange: Exchange) -> Answer:
        self.seen.append(f"{self.name} request")
        return None

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        self.seen.append(f"{self.name} {chunk.decode()}{'.' if last else ''}")
        return chunk + self.name.encode() if chunk else b""

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        self.seen.append(f"{self.name} response")
        return None

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        return self.on_request_body(exchange, chunk, last)


class Holds(Marks):
    """Holds both heads, and as many pieces of each body; answers, or fails, when it has seen them."""

    def __init__(self, name: str, seen: list[str] | None = None, *, pieces: int = 99, then: object = None) -> None:
        super().__init__(name, seen)
        self.pieces, self.then = pieces, then
        self.kept = b""

    def on_request(self, exchange: Exchange) -> Answer:
        super().on_request(exchange)
        return HOLD

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        super().on_response(exchange, response)
        return HOLD

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        self.kept += bytes(super().on_request_body(exchange, chunk, last))  # type: ignore[arg-type]
        self.pieces -= 1
        if self.pieces > 0 and not last:
            return b""
        if isinstance(self.then, Exception):
            raise self.then
        if isinstance(self.then, Response):
            return self.then
        kept, self.kept = self.kept, b""
        return kept


class Whole(Holds):
    whole_request_body = whole_response_body = 10


class HoldsHeads(Filter):
    """Holds without a hook for either body."""

    def on_request(self, exchange: Exchange) -> Answer:
        return HOLD

    def on_response(self, exchange: Exchange, response: Response) -> Answer:
        return HOLD


def chain_of(*filters: Filter, on_error: OnError = "closed") -> Chain:
    return Chain([Step(each, on_error=on_error) for each in filters])


def upload(body: Body | bytes | None) -> Exchange:
    exchange = make_exchange("POST")
    exchange.request.body = body
    return exchange


async def read(body: Body | bytes | None) -> bytes:
    return await collect(body, 1000)


async def answered(chain: Chain, response: Response, exchange: Exchange | None = None) -> Response:
    """Take a response through a chain whose requests are over, as the pipeline does."""
    exchange = exchange or make_exchange()
    exchange.filters_run = len(chain.steps)
    response = await chain.response(exchange, response)
    await chain.wrap_response_body(exchange, response)
    return response


# Requests.


async def test_a_held_request_goes_on_with_the_first_bytes_that_are_let_go() -> None:
    seen: list[str] = []
    pieces, chain = Pieces(b"1", b"2", b"3", length=3), chain_of(Holds("h", seen, pieces=2), Marks("m", seen))
    exchange = upload(pieces)
    await chain.request(exchange)
    assert seen == ["h request", "h 1", "h 2", "m request"]
    assert await pieces.read() == b"3"


async def test_what_was_let_go_is_followed_by_the_rest_and_the_length_is_unknown() -> None:
    chain, exchange = chain_of(Holds("h", pieces=2)), upload(Pieces(b"1", b"2", b"3", length=3))
    await chain.request(exchange)
    body = exchange.request.body
    assert not isinstance(body, bytes)
    assert body is not None
    assert (body.length, body.ready) == (None, True)
    assert [await body.read() for _ in range(3)] == [b"1h2h", b"3h", b""]
    assert not body.ready


async def test_a_body_held_to_its_end_is_whole() -> None:
    chain, exchange = chain_of(Holds("h")), upload(Pieces(b"1", b"2"))
    await chain.request(exchange)
    assert exchange.request.body == b"1h2h"


@BOTH
async def test_a_filter_that_asks_for_the_whole_body_holds_it_in_one_piece(make: Any) -> None:
    seen: list[str] = []
    exchange = upload(make())
    await chain_of(Whole("h", seen)).request(exchange)
    assert seen == ["h request", "h ab."]
    assert exchange.request.body == b"abh"


@BOTH
async def test_a_held_request_body_comes_as_the_filters_before_left_it(make: Any) -> None:
    exchange = upload(make())
    chain = chain_of(Marks("1"), Holds("2"), Marks("3"))
    await chain.request(exchange)
    await chain.wrap_request_body(exchange)
    assert await read(exchange.request.body) in (b"ab123", b"a12b123")


async def test_two_filters_may_hold_one_after_the_other() -> None:
    seen: list[str] = []
    exchange = upload(Pieces(b"1", b"2", b"3"))
    chain = chain_of(Holds("a", seen, pieces=1), Holds("b", seen, pieces=2))
    await chain.request(exchange)
    assert seen == ["a request", "a 1", "b request", "b 1a", "a 2", "b 2a"]
    await chain.wrap_request_body(exchange)
    assert await read(exchange.request.body) == b"1ab2ab3ab"


@BOTH
async def test_an_answer_while_a_request_is_held_names_its_filter(make: Any) -> None:
    guard = Holds("guard", then=make_response(403))
    with pytest.raises(AnsweredInBody) as caught:
        await chain_of(guard, Marks("after")).request(upload(make()))
    assert caught.value.hook.filter is guard


async def test_a_discarded_request_that_was_let_go_early_releases_its_source() -> None:
    pieces, exchange = Pieces(b"1", b"2", b"3"), upload(None)
    exchange.request.body = pieces
    await chain_of(Holds("h", pieces=1)).request(exchange)
    body = exchange.request.body
    assert not isinstance(body, bytes)
    body.discard()  # type: ignore[union-attr]
    assert await read(body) == b""
    assert await pieces.read() == b""


@BOTH
async def test_a_closed_filter_that_fails_while_it_holds_a_request_ends_the_exchange(make: Any) -> None:
    with pytest.raises(FilterError):
        await chain_of(Holds("h", then=ValueError())).request(upload(make()))


@BOTH
async def test_what_an_open_filter_held_of_a_request_goes_on_as_it_came_when_it_fails(make: Any) -> None:
    exchange = upload(make())
    await chain_of(Holds("h", then=ValueError()), on_error="open").request(exchange)
    assert await read(exchange.request.body) == b"ab"


async def test_what_an_open_filter_had_let_go_does_not_come_twice_when_it_fails_later() -> None:
    class FailsLater(Marks):
        def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            if chunk == b"3":
                raise ValueError
            return b"" if chunk == b"2" else chunk

    exchange = upload(Pieces(b"1", b"2", b"3", b"4"))
    exchange.filters_run = 1
    await chain_of(FailsLater("f"), on_error="open").wrap_request_body(exchange)
    assert await read(exchange.request.body) == b"1234"


async def test_a_failure_of_the_filter_before_is_not_excused_by_an_open_one_that_holds() -> None:
    class Fails(Marks):
        def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            raise ValueError("mine")

    chain = Chain([Step(Fails("fails")), Step(Holds("h"), on_error="open")])
    with pytest.raises(FilterError, match="fails"):
        await chain.request(upload(Pieces(b"a")))


@pytest.mark.parametrize("on_error", ["open", "closed"])
async def test_a_request_that_breaks_while_it_is_held_is_nobodys_fault_here(on_error: OnError) -> None:
    class Broken(Pieces):
        async def read(self) -> bytes:
            raise UpstreamCut

    with pytest.raises(UpstreamCut):
        await chain_of(Holds("h"), on_error=on_error).request(upload(Broken()))


async def test_to_hold_without_a_body_hook_is_a_closed_filters_failure_and_passed_over_in_an_open_one() -> None:
    with pytest.raises(FilterError, match="HOLD"):
        await chain_of(HoldsHeads()).request(upload(b"ab"))
    with pytest.raises(FilterError, match="HOLD"):
        await answered(chain_of(HoldsHeads()), make_response())
    seen: list[str] = []
    chain = chain_of(HoldsHeads(), Marks("m", seen), on_error="open")
    await chain.request(upload(b"ab"))
    assert (await answered(chain, make_response(body=b"ab"))).body == b"abm"


# Responses.


@pytest.mark.parametrize(
    ("body", "by_z", "left_by_z"),
    [(b"12", ["z 12."], "12z"), (Pieces(b"1", b"2"), ["z 1", "z 2", "z ."], "1z2z")],
    ids=["whole", "streaming"],
)
async def test_a_held_response_comes_as_those_after_left_it_and_before_the_others(
    body: Body | bytes, by_z: list[str], left_by_z: str
) -> None:
    seen: list[str] = []
    chain = chain_of(Marks("a", seen), Whole("h", seen), Marks("z", seen))
    response = await answered(chain, make_response(body=body))
    by_h = ["z response", "h response", *by_z, f"h {left_by_z}."]
    assert seen == [*by_h, "a response", f"a {left_by_z}h."]
    assert response.body == f"{left_by_z}ha".encode()


async def test_a_held_response_goes_on_with_the_first_bytes_that_are_let_go() -> None:
    seen: list[str] = []
    pieces = Pieces(b"1", b"2", b"3", length=3)
    response = await chain_of(Marks("a", seen), Holds("h", seen, pieces=2)).response(
        after_requests(2), make_response(body=pieces)
    )
    assert seen == ["h response", "h 1", "h 2", "a response"]
    assert not isinstance(response.body, bytes)
    assert (response.body.length, response.body.ready) == (None, True)
    assert await read(response.body) == b"1h2h3h"


def after_requests(count: int) -> Exchange:
    exchange = make_exchange()
    exchange.filters_run = count
    return exchange


async def test_a_filter_that_holds_may_edit_the_head_until_it_lets_go() -> None:
    class Signs(Whole):
        def on_response(self, exchange: Exchange, response: Response) -> Answer:
            exchange.values["held"] = response
            return HOLD

        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            exchange.values["held"].headers.set("X-Size", str(len(chunk)))
            return chunk

    response = await answered(chain_of(Signs("signs")), make_response(body=Pieces(b"a", b"b")))
    assert response.headers.get("X-Size") == "2"


async def test_a_held_response_does_not_go_through_its_filter_twice() -> None:
    seen: list[str] = []
    await answered(chain_of(Holds("h", seen)), make_response(body=b"ab"))
    assert seen == ["h response", "h ab."]


async def test_a_filter_that_leaves_this_body_alone_leaves_it_alone_where_another_holds() -> None:
    class Leaves(Marks):
        def wants_response_body(self, exchange: Exchange) -> bool:
            return False

    assert (await answered(chain_of(Holds("h"), Leaves("l")), make_response(body=b"ab"))).body == b"abh"


@BOTH
async def test_a_filter_may_answer_in_a_held_responses_place(make: Any) -> None:
    body, exchange, seen = make(), make_exchange(), list[str]()
    chain = chain_of(Marks("a", seen), Holds("guard", then=Response(403, None, b"no")), Marks("z"))
    response = await answered(chain, make_response(body=body), exchange)
    assert (response.status, exchange.answered_by, exchange.reason) == (403, "guard", "answered")
    assert seen[0] == "a response"
    if not isinstance(body, bytes):
        assert await body.read() == b""


async def test_an_answer_in_a_responses_place_meets_the_body_hooks_that_saw_its_head_only() -> None:
    holds = chain_of(Marks("a"), Holds("guard", then=Response(403, None, b"no")), Marks("z"))
    assert (await answered(holds, make_response(body=b"ab"))).body == b"noa"

    class Replaces(Filter):
        def on_response(self, exchange: Exchange, response: Response) -> Answer:
            return Response(403, None, b"no")

    replaces = chain_of(Marks("a"), Replaces(), Marks("z"))
    assert (await answered(replaces, make_response(body=b"ab"))).body == b"noa"


async def test_an_answer_to_a_body_from_a_filter_that_does_not_hold_is_no_answer() -> None:
    class Answers(Marks):
        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            return make_response(403)

    with pytest.raises(AnsweredInBody) as caught:
        await answered(chain_of(Holds("h"), Answers("late")), make_response(body=Pieces(b"a")))
    assert caught.value.hook.filter.name == "late"


@BOTH
async def test_a_closed_filter_that_fails_while_it_holds_a_response_ends_the_exchange(make: Any) -> None:
    with pytest.raises(FilterError):
        await answered(chain_of(Holds("h", then=ValueError())), make_response(body=make()))


@BOTH
async def test_what_an_open_filter_held_of_a_response_goes_on_as_it_came_when_it_fails(make: Any) -> None:
    chain = chain_of(Marks("a"), Holds("h", then=ValueError()), on_error="open")
    assert (await answered(chain, make_response(body=make()))).body == b"aba"


async def test_a_failure_of_the_filter_after_is_not_excused_by_an_open_one_that_holds() -> None:
    class Fails(Marks):
        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            raise ValueError("mine")

    chain = Chain([Step(Holds("h"), on_error="open"), Step(Fails("fails"))])
    with pytest.raises(FilterError, match="fails"):
        await answered(chain, make_response(body=Pieces(b"a")))


@pytest.mark.parametrize("on_error", ["open", "closed"])
async def test_a_held_response_over_the_filters_cap_is_a_502_even_where_the_filter_is_open(on_error: OnError) -> None:
    with pytest.raises(FilterBodyTooLarge) as caught:
        await answered(chain_of(Whole("h"), on_error=on_error), make_response(body=Pieces(b"a" * 6, b"b" * 6)))
    assert caught.value.status == 502


@pytest.mark.parametrize("on_error", ["open", "closed"])
async def test_a_response_that_breaks_while_it_is_held_is_the_origins_fault(on_error: OnError) -> None:
    class Broken(Pieces):
        async def read(self) -> bytes:
            raise UpstreamCut

    with pytest.raises(UpstreamCut):
        await answered(chain_of(Holds("h"), on_error=on_error), make_response(body=Broken()))
