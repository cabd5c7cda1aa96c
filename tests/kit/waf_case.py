"""Rules and requests, and what the firewall's real guest finds in them: cases, and what runs them."""

from __future__ import annotations

import pathlib
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from config import waf
from config.waf_options import WafOptions
from config.waf_requests import CLIENT, requests_in
from config.wasm_workshop import Workshop
from filters.waf.compile import compile_rules
from filters.waf.seclang.reader import read
from proxy.chain import Chain, Step
from proxy.exchange import Exchange
from proxy.firewall_book import FirewallBook
from proxy.limits import Limits
from proxy.match import Match
from proxy.messages import Headers, Response
from proxy.metrics import Registry
from proxy.pipeline import Pipeline
from proxy.route import Route, Router
from proxy.traffic import Traffic

Found = tuple[int | str, ...]
"""What is told: of each match the rule's id, or its message in words; last the status, where it is not the origin's."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int = 200
    fields: tuple[tuple[str, str], ...] = ()
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Case:
    """Rules, and what they find in requests (written as for `penstock waf test`).

    `covers` names the words of SecLang that it is about, as docs/waf.md counts them. `differs` tells what
    libmodsecurity makes of it, where that is something else. Rules without a message are not told of.
    """

    title: str
    covers: str
    rules: str
    found: Mapping[str, Found]
    answer: Answer = Answer()
    files: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    differs: str = ""

    def __str__(self) -> str:
        return self.title


def rule(variables: str, operator: str, actions: str = "", *, id: int = 1, phase: int = 2) -> str:
    """Write a rule that only tells that it matched."""
    more = f",{actions}" if actions else ""
    return f"""SecRule {variables} "{operator}" "id:{id},phase:{phase},pass,log,msg:'{id}'{more}"\n"""


def action(actions: str, *, id: int, phase: int = 2) -> str:
    """Write an action that is not told of."""
    return f'SecAction "id:{id},phase:{phase},pass,nolog,{actions}"\n'


def asking(
    title: str,
    covers: str,
    text: str,
    *,
    yes: tuple[str, ...],
    no: tuple[str, ...] = (),
    differs: str = "",
    **more: Any,
) -> Case:
    """Make a case of one rule, whose id is 1, and of requests that it does or does not match."""
    found: dict[str, Found] = dict.fromkeys(yes, (1,)) | dict.fromkeys(no, ())
    return Case(title, covers, text, found, differs=differs, **more)


async def judged(case: Case, request: str) -> Found:
    """Run a request through a guest of its own with the case's rules."""
    registry, options = Registry(), WafOptions.model_validate(case.options)
    workshop = Workshop(pathlib.Path(), registry, {})
    settings = waf.guest_settings("waf", options, compiled(case))
    filter = workshop.filter(workshop.read(waf.MODULE, None), settings, FirewallBook("waf", registry))
    route = Route("case", Match(), Chain([Step(filter)]), _Origin(case.answer), Limits())
    filter.start()
    try:
        return await _found(Pipeline(Router([route]), Traffic(registry, CLIENT.listener)), request)
    finally:
        filter.close()
        await workshop.services.close()


def compiled(case: Case) -> bytes:
    """Compile the case's rules, as a file `test.conf` beside its files."""
    with tempfile.TemporaryDirectory() as name:
        directory = pathlib.Path(name)
        for file, text in {"test.conf": case.rules, **case.files}.items():
            (directory / file).write_text(text)
        return compile_rules(read([directory / "test.conf"])).blob


async def _found(pipeline: Pipeline, text: str) -> Found:
    [asked] = requests_in("case", text.encode())
    assert asked.request is not None, asked.refusal
    exchange = Exchange(asked.request, CLIENT)
    pipeline.begin(exchange)
    try:
        response = await pipeline.answer(exchange)
        await _read_out(response)
    finally:
        pipeline.complete(exchange)
    assert not exchange.decided or exchange.decisions[-1].action != "failed", exchange.decisions
    matches = () if exchange.firewall is None else exchange.firewall.matches
    told: Found = tuple(match.rule if match.message.isdecimal() else match.message for match in matches)
    return told if exchange.answered_by == "upstream" else (*told, response.status)


async def _read_out(response: Response) -> None:
    body = response.body
    if not isinstance(body, bytes):
        while await body.read():
            pass


class _Origin:
    plain = True

    def __init__(self, answer: Answer) -> None:
        self._answer = answer

    async def fetch(self, exchange: Exchange) -> Response:
        return Response(self._answer.status, Headers.of(self._answer.fields), self._answer.body)
