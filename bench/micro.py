"""Micro-benchmarks of codec, routes, chain, cache: `python -m bench.micro`; with `--profile`, a profile under load."""

from __future__ import annotations

import timeit
from collections.abc import Callable, Coroutine
from itertools import count
from typing import Any

import click

from bench.cache_cases import cases as cache_cases
from bench.profile import profile
from bench.table import as_text
from bench.timing import Case
from bench.works import BROWSER_HEADERS, WORKS, host
from filters.headers import HeadersFilter
from proxy.chain import Chain, Step
from proxy.exchange import Client, Exchange
from proxy.filter import Filter
from proxy.http1.codec import forget, parse_response_head
from proxy.http1.intake import Intake, IntakeRules
from proxy.http1.writing import request_head
from proxy.limits import Limits
from proxy.messages import Headers, Request, Response
from proxy.path import STRICT
from proxy.route import Match, Route, Router

REPEATS = 7
MIN_TIME_S = 0.05
FILTERS = 3

SMALL_HEAD = b"GET /small HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n\r\n"
BROWSER_HEAD = b"GET / HTTP/1.1\r\n" + b"".join(f"{n}: {v}\r\n".encode() for n, v in BROWSER_HEADERS.items()) + b"\r\n"
ANSWER_HEAD = (
    b"HTTP/1.1 200 OK\r\nServer: nginx\r\nDate: Sat, 01 Jan 2000 00:00:00 GMT\r\n"
    b"Content-Type: text/plain\r\nContent-Length: 110\r\nConnection: keep-alive\r\n\r\n"
)
CLIENT = Client("192.0.2.1", 40000, "bench")


class Watcher(Filter):
    """Overrides both header hooks and does nothing: what a chain's call costs."""

    def on_request(self, exchange: Exchange) -> None:
        return None

    def on_response(self, exchange: Exchange, response: Response) -> None:
        return None


class Nothing:
    """An origin that is never asked."""

    plain = True

    async def fetch(self, exchange: Exchange) -> Response:
        raise NotImplementedError


def cases() -> list[Case]:
    return [*codec_cases(), *route_cases(), *chain_cases(), *cache_cases()]


def codec_cases() -> list[Case]:
    intake = Intake(IntakeRules(Limits(), paths=STRICT), CLIENT)
    small, browser = intake.read(SMALL_HEAD), intake.read(BROWSER_HEAD)
    return [
        Case("take in a small request (judge, split, Request)", lambda: intake.read(SMALL_HEAD)),
        Case("take in a browser's request", lambda: intake.read(BROWSER_HEAD)),
        Case("the same, with a cookie never seen before", new_cookies(intake)),
        Case("the same, never seen before", anew(lambda: intake.read(BROWSER_HEAD))),
        Case("parse a response head", lambda: parse_response_head(ANSWER_HEAD)),
        Case("the same, never seen before", anew(lambda: parse_response_head(ANSWER_HEAD))),
        Case("write a small request head", lambda: request_head(small, b"")),
        Case("write a browser's request head", lambda: request_head(browser, b"")),
    ]


def new_cookies(intake: Intake) -> Callable[[], object]:
    """Return a call whose head differs from every one before it in one line."""
    numbers = count()
    start = BROWSER_HEAD[:-2]
    return lambda: intake.read(b"%bCookie: session=%032d\r\n\r\n" % (start, next(numbers)))


def anew(call: Callable[[], object]) -> Callable[[], None]:
    """Return a call that finds the codec's memories empty."""

    def forgetful() -> None:
        forget()
        call()

    return forgetful


def route_cases() -> list[Case]:
    routes = [Route(f"route-{i}", Match(hosts=(host(i),)), Chain(), Nothing(), Limits()) for i in range(1000)]
    router = Router(routes)
    last = Request("GET", "/small", authority=host(999), host=host(999))
    return [Case("find the last of 1,000 routes by host", lambda: router.find(last, CLIENT))]


def chain_cases() -> list[Case]:
    watching = Chain([Step(Watcher()) for _ in range(FILTERS)])
    editing = Chain([Step(header_filter(number)) for number in range(FILTERS)])
    return [
        Case("call a hook that does nothing", pass_through(watching), per=2 * FILTERS),
        Case("call a hook that sets one header", pass_through(editing), per=2 * FILTERS),
        Case("make an Exchange", lambda: Exchange(Request("GET", "/"), CLIENT)),
    ]


def header_filter(number: int) -> HeadersFilter:
    edits = {"set": {f"X-Bench-{number}": "1"}}
    options = HeadersFilter.Options.model_validate({"request": edits, "response": edits})
    return HeadersFilter.build("edit", options)


def pass_through(chain: Chain) -> Callable[[], None]:
    """Return a call that takes one exchange, its headers as new, through a chain and back."""
    exchange = Exchange(Request("GET", "/", headers=Headers.of([("Accept", "*/*")])), CLIENT)
    response = Response(200, Headers.of([("Content-Type", "text/plain")]))

    def call() -> None:
        exchange.request.headers = Headers([b"Accept: */*"])
        response.headers = Headers([b"Content-Type: text/plain"])
        run(chain.request(exchange))
        run(chain.response(exchange, response))

    return call


def run(coro: Coroutine[Any, Any, object]) -> None:
    """Run a coroutine that never waits."""
    try:
        coro.send(None)
    except StopIteration:
        return
    raise RuntimeError("a chain of plain hooks waited")


def time_of(case: Case) -> float:
    """Return the µs of the fastest of several repeats: what else the machine does only ever adds."""
    timer = timeit.Timer(case.call)
    number, _ = timer.autorange()
    number = max(1, round(number * MIN_TIME_S / 0.2))
    return min(timer.repeat(REPEATS, number)) / number / case.per * 1e6


@click.command()
@click.option("--profile", "profiled", is_flag=True, help="Sample Penstock under load instead.")
@click.option("--work", type=click.Choice([work.name for work in WORKS]), default="small", show_default=True)
@click.option("--seconds", type=click.FloatRange(1, 60), default=8.0, show_default=True)
@click.option("--top", type=click.IntRange(1), default=40, show_default=True, help="Functions to list.")
def main(profiled: bool, work: str, seconds: float, top: int) -> None:
    """Time the parts of Penstock that every request passes."""
    if profiled:
        click.echo(profile(next(each for each in WORKS if each.name == work), seconds, top))
        return
    click.echo(as_text([["", "µs"], *([case.title, f"{time_of(case):.2f}"] for case in cases())], left=1))


if __name__ == "__main__":
    main()
