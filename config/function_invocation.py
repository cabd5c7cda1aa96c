"""A function called for the admin: no listener took the request, and no route has a part in it."""

from __future__ import annotations

import base64
from collections.abc import Mapping
from typing import Any, Final

from proxy.errors import FunctionUnavailable
from proxy.exchange import Client, Exchange
from proxy.messages import Headers, Request
from proxy.runtime import monotonic
from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.deployment import Runnable
from wasm_host.functions.registry.names import LIVE

HOST: Final = "localhost"
_CLIENT: Final = "127.0.0.1"


async def invoked(catalogue: Catalogue, name: str, asked: Mapping[str, Any], listener: str) -> dict[str, Any]:
    """Call a function as `proxy.functions.Functions.invoke` says; its sub-requests come by this listener."""
    exchange = Exchange(_request(asked), Client(_CLIENT, 0, listener))
    function = _meant(catalogue, name, asked, exchange)
    begun = monotonic()
    response = (await function.call(exchange)).response()
    assert isinstance(response.body, bytes), "functions answer with whole bodies"
    return {
        "version": function.version,
        "status": response.status,
        "headers": [[key, value] for key, value in response.headers.items()],
        "body": base64.b64encode(response.body).decode(),
        "duration_ms": round((monotonic() - begun) * 1000, 3),
    }


def _meant(catalogue: Catalogue, name: str, asked: Mapping[str, Any], exchange: Exchange) -> Runnable:
    if "version" in asked:
        found = catalogue.version(name, asked["version"])
        if found is None:
            raise FunctionUnavailable(f"no alias of {name} points at version {asked['version']}", status=404)
        return found
    alias = asked.get("alias", LIVE)
    deployment = catalogue.find(name, alias)
    if deployment is None:
        raise FunctionUnavailable(f"no function {name} is deployed, or it has no alias {alias}", status=404)
    return deployment.function_for(exchange)


def _request(asked: Mapping[str, Any]) -> Request:
    path, mark, query = asked["uri"].partition("?")
    return Request(
        asked["method"],
        path,
        query if mark else None,
        headers=Headers.of(asked["headers"]),
        scheme="http",
        authority=HOST,
        host=HOST,
        body=base64.b64decode(asked["body"]) or None,
    )
