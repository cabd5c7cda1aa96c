"""A chain's filter that asks a bot detector about each request's user agent."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final, cast

from proxy.exchange import Exchange
from proxy.local_answer import local_answer
from proxy.messages import Request, Response
from proxy.metrics import Cell, Family
from wasm_host.abi.bot_detector.policy import Action, Policy, Verdict, verdict_of
from wasm_host.abi.bot_detector.program import read_answer
from wasm_host.abi.judges.filter import JudgeFilter
from wasm_host.abi.judges.guest import JudgeGuest
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.filter import Program
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.log_lines import LEVELS

MOST_REMEMBERED: Final = 4096
LONGEST_REMEMBERED: Final = 512
_DECIDED: Final = {"allow": "allow", "log": "log", "challenge": "challenge", "block": "refuse"}
_INFO: Final = LEVELS.index("info")


class BotDetectorFilter(JudgeFilter):
    """Deals with each request as its policy says, and tells the origin the verdict where that names a field.

    What a client sends for itself in that field never gets through. Verdicts are remembered: a guest that imports
    nothing, and is made anew, says the same of the same text.
    """

    def __init__(self, program: JudgeProgram, metrics: GuestMetrics, policy: Policy, verdicts: Family[Cell]) -> None:
        super().__init__(program, metrics)
        self._policy, self._verdicts = policy, verdicts
        self._known: dict[bytes, Verdict] = {}

    def swap(self, program: Program[JudgeGuest]) -> None:
        super().swap(program)
        self._known = {}

    def on_request(self, exchange: Exchange) -> Response | Awaitable[Response | None] | None:
        if self._policy.field is not None:
            exchange.request.headers.remove(self._policy.field)
        agent = user_agent(exchange.request)
        verdict = self._known.get(agent)
        return self._asked(exchange, agent) if verdict is None else self._heeded(exchange, agent, verdict)

    async def _asked(self, exchange: Exchange, agent: bytes) -> Response | None:
        known = self._known  # That of the program which is asked.
        verdict = verdict_of(await self.ask(agent, read_answer))
        if len(agent) <= LONGEST_REMEMBERED:
            if len(known) >= MOST_REMEMBERED:
                known.clear()
            known[agent] = verdict
        return self._heeded(exchange, agent, verdict)

    def _heeded(self, exchange: Exchange, agent: bytes, verdict: Verdict) -> Response | None:
        """Do what the policy says of a verdict, and tell of it."""
        if self._policy.field is not None:
            exchange.request.headers.add(self._policy.field, verdict)
        action = self._action(exchange, verdict)
        self._verdicts.child(self.name, verdict, action).value += 1
        if verdict != "human" or action != "allow":
            exchange.decide(self.name, _DECIDED[action], verdict)
        if action != "allow":
            line = b" ".join((exchange.id.encode(), verdict.encode(), action.encode(), agent))
            cast(JudgeProgram, self.program).log.write(_INFO, line)
        return self._answer(exchange, action)

    def _action(self, exchange: Exchange, verdict: Verdict) -> Action:
        action, challenge = self._policy.actions[verdict], self._policy.challenge
        if action == "challenge" and challenge is not None and challenge.passed(exchange):
            return "allow"
        return action

    def _answer(self, exchange: Exchange, action: Action) -> Response | None:
        if action == "challenge" and self._policy.challenge is not None:
            return self._policy.challenge.page(exchange)
        if action == "block":
            return local_answer(403, exchange.id, {} if exchange.route is None else exchange.route.error_pages)
        return None


def user_agent(request: Request) -> bytes:
    """Return what a request says of itself, all lines of it, as UTF-8; nothing is an empty text."""
    return b", ".join(request.headers.values(b"user-agent")).decode("utf-8", "replace").encode()
