"""Routes that end in a function."""

from __future__ import annotations

from typing import Final

from proxy.errors import FunctionUnavailable
from proxy.exchange import Exchange
from proxy.messages import Response
from wasm_host.functions.catalogue import LIVE, Catalogue
from wasm_host.functions.deployment import Deployment, Sticky

ANSWERED: Final = "function"
"""The reason of an answer that a function gave."""


class FunctionOrigin:
    """Answers with one function. What its calls wait for has Tasks of its own, so that none is needed here."""

    plain = True

    def __init__(self, name: str, deployment: Deployment | None, sticky: Sticky | None = None) -> None:
        """Take a deployment, None where there is none yet."""
        self._name, self._deployment, self._sticky = name, deployment, sticky

    async def fetch(self, exchange: Exchange) -> Response:
        if self._deployment is None:
            raise FunctionUnavailable(f"no function {self._name} is deployed")
        return await answer(self._deployment, exchange, self._sticky)


class FunctionsByPath:
    """Answers with the function that the path names: by the segment after `prefix`, as it stands there."""

    plain = True

    def __init__(self, catalogue: Catalogue, prefix: str, alias: str = LIVE, sticky: Sticky | None = None) -> None:
        self._catalogue, self._alias, self._sticky = catalogue, alias, sticky
        self._prefix = prefix.rstrip("/") + "/"

    async def fetch(self, exchange: Exchange) -> Response:
        """Answer, 404 where there is no such function: its name is the client's word."""
        path = exchange.request.path
        name = path[len(self._prefix) :].partition("/")[0] if path.startswith(self._prefix) else ""
        deployment = self._catalogue.find(name, self._alias)
        if deployment is None:
            raise FunctionUnavailable(f"no function {name!r} is deployed", status=404)
        return await answer(deployment, exchange, self._sticky)


async def answer(deployment: Deployment, exchange: Exchange, sticky: Sticky | None) -> Response:
    """Let a function answer an exchange; raises what its call does."""
    function = deployment.function_for(exchange, sticky)
    outcome = await function.call(exchange)
    exchange.answered_by, exchange.reason = function.name, ANSWERED
    return outcome.response()
