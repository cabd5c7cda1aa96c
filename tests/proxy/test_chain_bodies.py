"""Bodies through a chain: piece by piece, whole, held, answered."""

import pytest
from kit.exchanges import Pieces, make_exchange, make_response

from proxy.body import Body, collect
from proxy.chain import Chain, Step
from proxy.errors import BodyTooLarge, FilterBodyTooLarge, FilterError
from proxy.exchange import Exchange
from proxy.filter import HOLD, Answer, Filter
from proxy.filtered_body import AnsweredInBody, FilteredBody
from proxy.messages import Response

SAID: list[str] = []


@pytest.fixture(autouse=True)
def said() -> list[str]:
    SAID.clear()
    return SAID


def chain_of(*filters: Filter) -> Chain:
    return Chain([Step(each) for each in filters])


async def run(chain: Chain, exchange: Exchange | None = None, response: Response | None = None) -> Response:
    """Take an exchange's bodies through a chain, as the pipeline does."""
    exchange = exchange or make_exchange()
    assert await chain.request(exchange) is None
    await chain.wrap_request_body(exchange)
    answer = await chain.response(exchange, response or make_response(200))
    await chain.wrap_response_body(exchange, answer)
    return answer


class Upper(Filter):
    """Writes bodies in capitals, and keeps the pieces of requests; `whole` asks for them in one piece."""

    name = "upper"

    def __init__(self, whole: int | None = None) -> None:
        self.whole_request_body = self.whole_response_body = whole
        self.seen: list[tuple[bytes, bool]] = []

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        self.seen.append((chunk, last))
        return chunk.upper()

    def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
        return chunk.upper()


class Holds(Upper):
    """Wants the whole body first."""

    name = "holds"

    def __init__(self, whole: int = 100) -> None:
        super().__init__(whole)

    def on_request(self, exchange: Exchange) -> Answer:
        SAID.append("holds")
        return HOLD


class AnswersInBody(Upper):
    name = "guard"

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        return make_response(403) if last else chunk


async def read(body: Body | bytes | None) -> bytes:
    return await collect(body, 1 << 30)


def with_body(body: Body | bytes | None) -> Exchange:
    exchange = make_exchange("POST")
    exchange.request.body = body
    return exchange


async def test_a_streamed_request_body_goes_through_piece_by_piece() -> None:
    upper, exchange = Upper(), with_body(Pieces(b"a", b"b"))
    await run(chain_of(upper), exchange)
    assert isinstance(exchange.request.body, FilteredBody)
    assert await read(exchange.request.body) == b"AB"
    assert upper.seen == [(b"a", False), (b"b", False), (b"", True)]


async def test_a_whole_request_body_goes_through_at_once_and_stays_whole() -> None:
    upper, exchange = Upper(), with_body(b"ab")
    await run(chain_of(upper), exchange)
    assert exchange.request.body == b"AB"
    assert upper.seen == [(b"ab", True)]


async def test_a_filter_that_asks_for_a_whole_request_body_gets_it_whole() -> None:
    upper, exchange = Upper(whole=10), with_body(Pieces(b"a", b"b"))
    await run(chain_of(upper), exchange)
    assert exchange.request.body == b"AB"
    assert upper.seen == [(b"ab", True)]


async def test_a_request_body_over_a_filters_cap_is_a_413() -> None:
    with pytest.raises(BodyTooLarge) as caught:
        await run(chain_of(Upper(whole=1)), with_body(Pieces(b"a", b"b")))
    assert caught.value.status == 413


async def test_a_request_without_body_meets_no_body_hook() -> None:
    upper, exchange = Upper(), with_body(None)
    await chain_of(upper).wrap_request_body(exchange)
    assert upper.seen == []
    assert exchange.request.body is None


@pytest.mark.parametrize("body", [b"ab", Pieces(b"a", b"b")], ids=["whole", "streaming"])
async def test_a_filter_that_holds_sees_the_body_before_anything_further_runs(body: Body | bytes) -> None:
    class Looks(Filter):
        def on_request(self, exchange: Exchange) -> None:
            SAID.append(f"body {exchange.request.body!r}")

    holds, exchange = Holds(), with_body(body)
    await run(chain_of(holds, Looks()), exchange)
    assert SAID == ["holds", "body b'AB'"]
    assert exchange.request.body == b"AB"
    assert b"".join(chunk for chunk, _ in holds.seen if chunk) == b"ab"
    assert [last for _, last in holds.seen][-1:] == [True]


async def test_a_held_body_does_not_go_through_its_filter_twice() -> None:
    holds = Holds()
    exchange = with_body(b"ab")
    chain = chain_of(holds)
    await chain.request(exchange)
    await chain.wrap_request_body(exchange)
    assert holds.seen == [(b"ab", True)]


async def test_a_held_body_goes_through_the_filters_behind_it() -> None:
    class Doubles(Upper):
        def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
            return chunk * 2

    exchange = with_body(b"ab")
    await run(chain_of(Holds(), Doubles()), exchange)
    assert exchange.request.body == b"ABAB"


async def test_a_held_body_is_bounded() -> None:
    with pytest.raises(BodyTooLarge) as caught:
        await chain_of(Holds(whole=1)).request(with_body(Pieces(b"a", b"b")))
    assert caught.value.status == 413


async def test_to_hold_without_a_body_hook_is_a_failure() -> None:
    class OnlyHolds(Filter):
        def on_request(self, exchange: Exchange) -> Answer:
            return HOLD

    with pytest.raises(FilterError):
        await chain_of(OnlyHolds()).request(with_body(b"ab"))


@pytest.mark.parametrize("body", [b"ab", Pieces(b"a", b"b")], ids=["whole", "streaming"])
async def test_an_answer_from_a_request_body_hook_travels_as_an_error(body: Body | bytes) -> None:
    guard, exchange = AnswersInBody(), with_body(body)

    async def run_and_read() -> None:
        await run(chain_of(guard), exchange)
        await read(exchange.request.body)

    with pytest.raises(AnsweredInBody) as caught:
        await run_and_read()
    assert caught.value.response.status == 403
    assert caught.value.hook.filter is guard


async def test_a_streamed_response_body_goes_through_last_filter_first() -> None:
    class Marks(Filter):
        def __init__(self, mark: bytes) -> None:
            self.mark = mark

        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
            return chunk + self.mark

    response = await run(chain_of(Marks(b"1"), Marks(b"2")), response=make_response(body=Pieces(b"a")))
    assert not isinstance(response.body, bytes)
    assert response.body.length is None
    assert await read(response.body) == b"a21" + b"21" + b"1"  # Each adds to the end that it sees.


async def test_a_whole_response_body_goes_through_at_once() -> None:
    assert (await run(chain_of(Upper()), response=make_response(body=b"ab"))).body == b"AB"


async def test_a_response_body_over_a_filters_cap_is_the_origins_fault() -> None:
    with pytest.raises(FilterBodyTooLarge) as caught:
        await run(chain_of(Upper(whole=1)), response=make_response(body=Pieces(b"a", b"b")))
    assert caught.value.status == 502


async def test_a_filter_may_leave_a_response_body_alone() -> None:
    class Leaves(Upper):
        def wants_response_body(self, exchange: Exchange) -> bool:
            return False

    body = Pieces(b"ab", length=2)
    assert (await run(chain_of(Leaves()), response=make_response(body=body))).body is body


async def test_to_hold_a_request_without_a_body_gives_it_none() -> None:
    exchange = with_body(None)
    await chain_of(Holds()).request(exchange)
    assert exchange.request.body is None


async def test_a_filter_may_hold_as_much_as_it_asks_for() -> None:
    exchange = with_body(Pieces(b"a" * 100, b"b" * 100))
    await chain_of(Holds(whole=200)).request(exchange)
    assert exchange.request.body == b"A" * 100 + b"B" * 100
