"""What becomes of an exchange, whatever happens to it."""

import asyncio
import inspect
from pathlib import Path
from typing import Any

import pytest
from kit.exchanges import Pieces, make_exchange, make_response

from proxy import errors
from proxy.access_log import AccessLog
from proxy.body import Body
from proxy.chain import Chain, Step
from proxy.errors import ClientGone, ConfigError, ProxyError, UpstreamCut
from proxy.exchange import Client, Exchange
from proxy.filter import Answer, Filter
from proxy.limits import Limits
from proxy.local_answer import ErrorPage
from proxy.match import Match
from proxy.messages import Response
from proxy.metrics import Cell, Registry
from proxy.pipeline import Pipeline
from proxy.route import Route, Router
from proxy.traffic import Traffic

PAGES = {502: ErrorPage(b"the route's page")}


class Origin:
    """Gives an answer, or fails."""

    plain = True

    def __init__(self, outcome: Response | BaseException) -> None:
        self.outcome = outcome
        self.asked = 0

    async def fetch(self, exchange: Exchange) -> Response:
        self.asked += 1
        if isinstance(self.outcome, BaseException):
            raise self.outcome
        return self.outcome


class Case:
    """A pipeline of one route before one origin."""

    def __init__(
        self,
        outcome: Response | BaseException | None = None,
        *filters: Filter,
        match: Match | None = None,
        **route: Any,
    ) -> None:
        self.origin = Origin(outcome or make_response(200, body=b"origin"))
        limits = route.pop("limits", Limits())
        self.route = Route(
            "api", match or Match(), Chain([Step(each) for each in filters]), self.origin, limits, **route
        )
        self.registry = Registry()
        self.pipeline = Pipeline(
            Router([self.route]), Traffic(self.registry, "public"), error_pages={404: ErrorPage(b"the listener's page")}
        )

    async def answer(self, exchange: Exchange | None = None) -> Response:
        self.exchange = exchange or make_exchange()
        self.pipeline.begin(self.exchange)
        response = await self.pipeline.answer(self.exchange)
        assert self.exchange.response is response
        return response

    @property
    def why(self) -> tuple[str, str]:
        return self.exchange.answered_by, self.exchange.reason


class Sees(Filter):
    name = "sees"

    def __init__(self) -> None:
        self.statuses: list[int] = []
        self.completed = 0

    def on_response(self, exchange: Exchange, response: Response) -> Response | None:
        self.statuses.append(response.status)
        return None

    def on_complete(self, exchange: Exchange) -> None:
        self.completed += 1


class Answers(Filter):
    name = "answers"

    def on_request(self, exchange: Exchange) -> Answer:
        return make_response(403)


class AnswersInBody(Filter):
    name = "guard"

    def on_request_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes | Response:
        exchange.decide(self.name, "deny", "virus")
        return make_response(403)


class FailsAtResponse(Filter):
    name = "broken"

    def on_response(self, exchange: Exchange, response: Response) -> Response | None:
        raise ValueError("secret")


async def test_the_origin_answers() -> None:
    case = Case()
    response = await case.answer()
    assert (response.status, response.body, case.why) == (200, b"origin", ("upstream", ""))


ERRORS = [
    error
    for _, error in inspect.getmembers(errors, inspect.isclass)
    if issubclass(error, ProxyError) and error is not ConfigError
]


@pytest.mark.parametrize("error", ERRORS)
async def test_each_error_gives_its_status_and_says_nothing_of_its_text(error: type[ProxyError]) -> None:
    case = Case(error("secret"))
    response = await case.answer()
    assert response.status == error.status
    assert case.why == ("proxy", error.reason)
    assert b"secret" not in bytes(response.body)  # type: ignore[arg-type]
    assert case.exchange.id.encode() in response.body  # type: ignore[operator]
    assert case.exchange.decisions[-1].detail == "secret"


async def test_a_foreign_exception_is_a_500_and_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    case = Case(KeyError("secret"))
    response = await case.answer()
    assert (response.status, case.why) == (500, ("proxy", "internal_error"))
    assert b"secret" not in bytes(response.body)  # type: ignore[arg-type]
    assert case.exchange.id in caplog.text


async def test_a_cancellation_goes_through() -> None:
    with pytest.raises(asyncio.CancelledError):
        await Case(asyncio.CancelledError()).answer()


async def test_a_request_that_matches_no_route_is_a_404_with_the_listeners_page() -> None:
    case = Case(match=Match(hosts=("other.test",)))
    response = await case.answer()
    assert (response.status, response.body) == (404, b"the listener's page")
    assert case.why == ("proxy", "no_route")
    assert case.origin.asked == 0


async def test_an_error_of_a_route_gets_the_routes_page() -> None:
    response = await Case(UpstreamCut(), error_pages=PAGES).answer()
    assert response.body == b"the route's page"


async def test_a_page_is_not_for_an_error_that_an_origin_sends() -> None:
    response = await Case(make_response(502, body=b"the origin's"), error_pages=PAGES).answer()
    assert response.body == b"the origin's"


# What a route does not take.


async def test_a_method_that_nobody_knows_is_a_501() -> None:
    case = Case()
    assert (await case.answer(make_exchange("MADE-UP"))).status == 501
    assert case.why == ("proxy", "unknown_method")
    assert case.origin.asked == 0


async def test_a_route_may_allow_methods() -> None:
    assert (await Case(methods_allowed=frozenset({"MADE-UP"})).answer(make_exchange("MADE-UP"))).status == 200


@pytest.mark.parametrize(
    ("body", "status"),
    [(Pieces(length=5), 200), (Pieces(length=6), 413), (Pieces(length=None), 200), (b"", 200), (None, 200)],
)
async def test_a_body_announced_over_the_routes_limit_is_a_413(body: Body | bytes | None, status: int) -> None:
    exchange = make_exchange("POST")
    exchange.request.body = body
    assert (await Case(limits=Limits(body_bytes=5)).answer(exchange)).status == status


@pytest.mark.parametrize(("count", "status"), [(5, 200), (6, 431)])
async def test_more_fields_than_the_route_takes_are_a_431(count: int, status: int) -> None:
    exchange = make_exchange()
    exchange.request.field_count = count
    assert (await Case(limits=Limits(header_count=5)).answer(exchange)).status == status


# Filters.


async def test_a_filter_may_answer_instead() -> None:
    sees = Sees()
    case = Case(None, sees, Answers())
    assert (await case.answer()).status == 403
    assert case.why == ("answers", "answered")
    assert case.origin.asked == 0
    assert sees.statuses == [403]


async def test_an_error_goes_through_the_responses_half_of_the_chain() -> None:
    sees = Sees()
    await Case(UpstreamCut(), sees).answer()
    assert sees.statuses == [502]


async def test_what_the_route_refuses_at_once_meets_no_filter() -> None:
    sees = Sees()
    case = Case(None, sees)
    await case.answer(make_exchange("MADE-UP"))
    case.pipeline.complete(case.exchange)
    assert (sees.statuses, sees.completed) == ([], 0)


async def test_an_answer_to_the_body_names_its_filter_and_reason() -> None:
    case, exchange = Case(None, AnswersInBody()), make_exchange("POST")
    exchange.request.body = b"body"
    assert (await case.answer(exchange)).status == 403
    assert case.why == ("guard", "virus")


async def test_a_filter_that_fails_at_the_response_takes_its_place() -> None:
    body = Pieces(b"unread")
    case = Case(make_response(body=body), FailsAtResponse())
    assert (await case.answer()).status == 500
    assert case.why == ("proxy", "filter_failed")
    assert await body.read() == b""


async def test_a_client_that_leaves_while_a_filter_thinks_releases_the_response() -> None:
    class Thinks(Filter):
        async def on_response(self, exchange: Exchange, response: Response) -> Response | None:
            raise asyncio.CancelledError

    body = Pieces(b"unread")
    with pytest.raises(asyncio.CancelledError):
        await Case(make_response(body=body), Thinks()).answer()
    assert await body.read() == b""


@pytest.mark.parametrize(("method", "status"), [("HEAD", 200), ("GET", 204), ("GET", 304)])
async def test_no_body_hook_sees_a_response_that_has_no_body(method: str, status: int) -> None:
    class Upper(Filter):
        def on_response_body(self, exchange: Exchange, chunk: bytes, last: bool) -> bytes:
            raise AssertionError("it has no body")

    assert (await Case(make_response(status), Upper()).answer(make_exchange(method))).status == status


class Chooses(Filter):
    """Sends each exchange to an origin of its own choice."""

    name = "chooses"

    def __init__(self, origin: Origin) -> None:
        self.origin = origin

    def on_request(self, exchange: Exchange) -> Answer:
        exchange.origin = self.origin
        return None


async def test_a_filter_may_choose_the_origin() -> None:
    other = Origin(make_response(200, body=b"other"))
    case = Case(None, Chooses(other))
    assert (await case.answer()).body == b"other"
    assert (case.origin.asked, other.asked) == (0, 1)


async def test_the_choice_of_an_origin_is_for_one_exchange() -> None:
    chooses = Chooses(Origin(make_response(200, body=b"other")))
    case = Case(None, chooses)
    await case.answer()
    case.route.chain = Chain()
    assert (await case.answer()).body == b"origin"


# How it runs.


class Async(Filter):
    async def on_request(self, exchange: Exchange) -> Answer:
        return None


@pytest.mark.parametrize(("filters", "plain"), [([], True), ([Answers()], True), ([Answers(), Async()], False)])
async def test_only_an_async_filter_needs_a_task(filters: list[Filter], plain: bool) -> None:
    assert Case(None, *filters).pipeline.begin(make_exchange()) == plain


async def test_an_origin_that_does_not_say_that_it_is_plain_needs_a_task() -> None:
    case = Case()
    case.route.origin_is_plain = False
    assert not case.pipeline.begin(make_exchange())


# The end.


async def test_the_books_are_closed_once() -> None:
    sees = Sees()
    case = Case(None, sees)
    await case.answer()
    assert case.registry.http_requests_in_flight.samples() == [(["public"], 1)]
    case.pipeline.complete(case.exchange)
    assert sees.completed == 1
    assert case.exchange.finished_at >= case.exchange.started_at
    assert case.registry.http_requests_in_flight.samples() == [(["public"], 0)]
    assert case.registry.http_requests.samples() == [(["public", "api", "GET", "200"], 1)]


async def test_what_cut_an_answer_is_its_reason() -> None:
    case = Case()
    await case.answer()
    case.pipeline.complete(case.exchange, ClientGone())
    assert case.why == ("upstream", "client_gone")


async def test_each_exchange_and_each_refusal_is_a_line_of_the_log(tmp_path: Path) -> None:
    case = Case()
    file = tmp_path / "log"
    log = AccessLog(str(file), ("status", "answered_by", "reason"), Cell(()))
    pipeline = Pipeline(Router([case.route]), Traffic(case.registry, "public"), access_log=log)
    exchange = make_exchange()
    pipeline.begin(exchange)
    await pipeline.answer(exchange)
    pipeline.complete(exchange)
    pipeline.refused(errors.BadRequest(reason="host"), Client("192.0.2.1", 1, "public"))
    log.close()
    assert file.read_text().splitlines() == [
        '{"status":200,"answered_by":"upstream","reason":""}',
        '{"status":400,"answered_by":"proxy","reason":"host"}',
    ]


def test_a_route_without_a_cache_has_no_hits() -> None:
    case = Case()
    assert not case.pipeline.has_instant
    assert case.pipeline.hit(make_exchange().request, make_exchange().client) is None


def test_a_request_that_no_route_takes_has_no_hit() -> None:
    case = Case(match=Match(hosts=("other.test",)))
    assert case.pipeline.hit(make_exchange().request, make_exchange().client) is None


async def test_a_cache_stands_before_the_origin_and_the_one_a_filter_chose() -> None:
    case = Case()
    before = Origin(make_response(200, body=b"cached"))
    case.route.cache = before  # type: ignore[assignment]
    exchange = make_exchange()
    exchange.origin = case.origin  # type: ignore[assignment]
    assert (await case.answer(exchange)).body == b"cached"
    assert case.origin.asked == 0
