"""A chain's filter that shows each request to a WAF module, body and all, before it goes on."""

from __future__ import annotations

from collections.abc import Awaitable
from typing import Final

from proxy.exchange import Exchange
from proxy.filter import HOLD, Hold
from proxy.firewall import Judgement
from proxy.firewall_book import FirewallBook
from proxy.local_answer import local_answer
from proxy.messages import Response
from wasm_host.abi.judges.filter import JudgeFilter
from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.abi.waf_module.analysis import judgement, read_analysis, told
from wasm_host.abi.waf_module.request import questions
from wasm_host.abi.waf_module.visit import Visit
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.log_lines import LEVELS

REASON: Final = "waf"
_ACTIONS: Final = {"passed": "match", "detected": "detect", "blocked": "refuse"}
"""From a judgement's action to that of the decision, as `waf` filters have it."""
_LEVELS: Final = {"passed": LEVELS.index("info")}


class WafModuleFilter(JudgeFilter):
    """Answers 403 to what the module blocks, unless it is only to tell; enters every exchange in its book.

    What an exchange knows of it is in `exchange.values`, under the filter's key.
    """

    program: JudgeProgram

    def __init__(self, program: JudgeProgram, metrics: GuestMetrics, book: FirewallBook, *, enforced: bool) -> None:
        super().__init__(program, metrics)
        self._book, self._enforced = book, enforced

    def on_request(self, exchange: Exchange) -> Hold | Awaitable[Response | None]:
        visit = exchange.values[self.key] = Visit(self.program.limits)
        body = exchange.request.body
        if body is None:
            return self._judged(exchange, visit, b"")
        visit.check(len(body) if isinstance(body, bytes) else body.length or 0)
        return HOLD

    def on_request_body(
        self, exchange: Exchange, chunk: bytes, last: bool
    ) -> bytes | Response | Awaitable[bytes | Response]:
        visit: Visit | None = exchange.values.get(self.key)
        if visit is None or visit.state != "open":  # It is judged, or the exchange over.
            return chunk
        shown = visit.hold(chunk, last=last)
        return b"" if shown is None else self._released(exchange, visit, shown)

    async def _released(self, exchange: Exchange, visit: Visit, shown: bytes) -> bytes | Response:
        refused = await self._judged(exchange, visit, shown)
        return visit.release() if refused is None else refused

    async def _judged(self, exchange: Exchange, visit: Visit, body: bytes) -> Response | None:
        """Show a request in all its forms, and heed what the module makes of it; raises GuestError."""
        try:
            analyses = [await self.ask(question, read_analysis) for question in questions(exchange.request, body)]
        except Exception:
            visit.state = "failed"
            raise
        visit.state = "judged"
        found = visit.judgement = judgement(self.name, analyses, enforced=self._enforced)
        return None if found is None else self._heeded(exchange, found)

    def _heeded(self, exchange: Exchange, found: Judgement) -> Response | None:
        if exchange.firewall is None or not exchange.firewall.outweighs(found):
            exchange.firewall = found
        text = told(found)
        exchange.decide(self.name, _ACTIONS[found.action], REASON, text)
        line = f"{exchange.id}: {found.action}: {text}"
        self.program.log.write(_LEVELS.get(found.action, LEVELS.index("warn")), line.encode())
        if found.action != "blocked":
            return None
        return local_answer(found.status, exchange.id, {} if exchange.route is None else exchange.route.error_pages)

    def on_complete(self, exchange: Exchange) -> None:
        visit: Visit | None = exchange.values.pop(self.key, None)
        if visit is None or visit.state == "open":  # Not asked: the client left before its body was whole.
            return
        if visit.judgement is not None:
            self._book.judged(exchange, visit.judgement)
        else:
            self._book.count(exchange, "passed" if visit.state == "judged" else visit.state)
