"""A function in a chain: it answers early, edits the answer's fields, or lets the request go on."""

from __future__ import annotations

from collections.abc import Awaitable

from proxy.errors import FunctionUnavailable
from proxy.exchange import Exchange
from proxy.filter import Answer, Filter
from proxy.messages import Response
from wasm_host.functions.deployment import Deployment, Sticky
from wasm_host.functions.origin import ANSWERED
from wasm_host.functions.outcome import Outcome


class FunctionFilter(Filter):
    """Calls its function before anything further runs. What that waits for has Tasks of its own."""

    def __init__(self, name: str, function: str, deployment: Deployment | None, sticky: Sticky | None = None) -> None:
        """Take a deployment, None where there is none yet; `name` is the filter's own."""
        self.name, self._function = name, function
        self._deployment, self._sticky = deployment, sticky
        self._key = f"{name}@{id(self):x}"  # Two filters of one name may be in a chain.

    def on_request(self, exchange: Exchange) -> Awaitable[Answer]:
        return self._answer(exchange)

    async def _answer(self, exchange: Exchange) -> Response | None:
        if self._deployment is None:
            raise FunctionUnavailable(f"no function {self._function} is deployed")
        function = self._deployment.function_for(exchange, self._sticky)
        outcome = await function.call(exchange)
        if outcome.is_answer:
            exchange.decide(self.name, "answered", ANSWERED, function.version)
            return outcome.response()
        if outcome.has_edits:
            exchange.values[self._key] = outcome
        return None

    def on_response(self, exchange: Exchange, response: Response) -> None:
        outcome: Outcome | None = exchange.values.pop(self._key, None)
        if outcome is not None:
            outcome.edit(response.headers)
