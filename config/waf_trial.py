"""Runs requests through a firewall's guest, one after the other, without sockets and without an origin."""

from __future__ import annotations

import pathlib
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from config import waf
from config.guest_lines import GuestLines
from config.waf_options import WafOptions
from config.waf_requests import CLIENT, Asked
from config.wasm_run import QuotingWorkshop
from proxy.chain import Chain, Step
from proxy.errors import GuestError
from proxy.exchange import Exchange
from proxy.firewall import Action, Judgement
from proxy.firewall_book import FirewallBook
from proxy.limits import Limits
from proxy.match import Match
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from proxy.pipeline import Pipeline
from proxy.route import Route, Router
from proxy.traffic import Traffic
from wasm_host.log_lines import LEVELS

STRICTEST: Final = 4
"""The paranoia level at which a guest looks at all rules there are."""

_FAILURES: Final = (500, 503)

Fate: TypeAlias = Action | Literal["refused", "failed"]
"""`refused`: a listener answers the request itself, and no filter sees it. `failed`: the guest broke."""


class Unstartable(Exception):
    """A guest that did not start with these rules and options; the text has a line for each thing that it said."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a request; `judgement` is None where no rule matched, `failure` says how the guest broke."""

    asked: Asked
    fate: Fate
    status: int
    judgement: Judgement | None = None
    failure: str = ""

    @property
    def blocked(self) -> bool:
        """Tell whether an origin is kept from it, by whomever."""
        return self.fate in ("blocked", "refused")


def refusal(rules: bytes) -> str | None:
    """Start a guest with all rules of a blob; return what it says against them, None where it takes them."""
    try:
        with _started(rules, WafOptions(paranoia=STRICTEST)):
            return None
    except Unstartable as error:
        return str(error)


async def tried(rules: bytes, options: WafOptions, requests: Iterable[Asked]) -> list[Outcome]:
    """Run requests through one guest; raises Unstartable."""
    with _started(rules, options) as trial:
        return [await trial.outcome(asked) for asked in requests]


@contextmanager
def _started(rules: bytes, options: WafOptions) -> Iterator[_Trial]:
    """Start a guest; what it and its host would write to a log goes nowhere, but for why it does not start."""
    lines = GuestLines(LEVELS.index("warn"))
    with GuestLines(LEVELS.index("critical")).with_the_hosts():
        try:
            trial = _Trial(rules, options, lines)
        except GuestError as error:
            said = [text.removeprefix("waf: ") for _, text in lines.kept]
            raise Unstartable("\n".join(said or [str(error)])) from error
        try:
            yield trial
        finally:
            trial.close()


class _Trial:
    """A route with the firewall alone, in front of an origin that has nothing to say."""

    def __init__(self, rules: bytes, options: WafOptions, lines: GuestLines) -> None:
        registry = Registry()
        workshop = QuotingWorkshop(pathlib.Path(), registry, {}, lines)
        settings = waf.guest_settings("waf", options, rules)
        self._filter = workshop.filter(workshop.read(waf.MODULE, None), settings, FirewallBook("waf", registry))
        self._filter.start()
        route = Route("test", Match(), Chain([Step(self._filter)]), _Origin(), Limits())
        self._pipeline = Pipeline(Router([route]), Traffic(registry, CLIENT.listener))

    def close(self) -> None:
        self._filter.close()

    async def outcome(self, asked: Asked) -> Outcome:
        if asked.request is None:
            assert asked.refusal is not None
            return Outcome(asked, "refused", asked.refusal.status, failure=str(asked.refusal))
        return await self._judged(asked, asked.request)

    async def _judged(self, asked: Asked, request: Request) -> Outcome:
        exchange = Exchange(request, CLIENT)
        self._pipeline.begin(exchange)
        try:
            response = await self._pipeline.answer(exchange)
        finally:
            self._pipeline.complete(exchange)
        return Outcome(asked, _fate(exchange), response.status, exchange.firewall, _failure(exchange))


class _Origin:
    plain = True

    async def fetch(self, exchange: Exchange) -> Response:
        return Response(200, Headers(), b"")


def _fate(exchange: Exchange) -> Fate:
    if exchange.firewall is not None and exchange.firewall.action != "passed":
        return exchange.firewall.action
    response = exchange.response
    if response is None or exchange.answered_by == "upstream":
        return "passed"
    if response.status in _FAILURES:
        return "failed"
    return "refused" if exchange.answered_by == "proxy" else "blocked"


def _failure(exchange: Exchange) -> str:
    return "; ".join(
        decision.detail or decision.reason for decision in exchange.decisions if decision.action == "failed"
    )
