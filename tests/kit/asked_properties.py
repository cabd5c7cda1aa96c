"""Properties asked for without a guest: an exchange under way, or one that was answered."""

from __future__ import annotations

from dataclasses import dataclass, field

from kit.exchanges import make_exchange, make_response
from proxy.exchange import Exchange
from proxy.messages import Response
from proxy.metrics import Registry
from proxy.upstream.settings import EndpointSpec
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.properties import encode

FIELDS = [("X-A", "1"), ("x-a", "2"), ("Referer", "http://from.test/"), ("User-Agent", "oracle"), ("X-Empty", "")]


@dataclass
class APlugin:
    name: str = "auth"
    root_id: str = "my_root"
    vm_id: str = "my_vm"


@dataclass
class AView:
    exchange: Exchange
    response: Response | None = None
    announced_bytes: int = 0
    properties: dict[bytes, bytes] = field(default_factory=dict)


def under_way() -> AView:
    return AView(make_exchange("POST", "/with?query=1", FIELDS, host="oracle.test", port=8080))


def answered() -> AView:
    view = under_way()
    view.exchange.attempts = 1
    view.exchange.upstream_name, view.exchange.endpoint = "api", "10.0.0.1:8080"
    fields = [("Content-Type", "text/plain"), ("Set-Cookie", "a"), ("Set-Cookie", "b")]
    view.response = make_response(404, fields, b"gone")
    return view


def upstream(*addresses: str, name: str = "api") -> Upstream:
    return Upstream(name, [EndpointSpec(address) for address in addresses], registry=Registry())


def through(upstream: Upstream, view: AView) -> None:
    """Let the exchange's route lead to an upstream."""
    assert view.exchange.route is not None
    view.exchange.route.origin = upstream


def ask(view: AView | None, *path: str) -> bytes | None:
    return encode("\0".join(path).encode(), APlugin(), view)


def number(view: AView | None, *path: str) -> int:
    """Ask for a property that is a number."""
    value = ask(view, *path)
    assert value is not None
    assert len(value) == 8
    return int.from_bytes(value, "little", signed=True)
