"""What host functions reach beyond their own guest: a set for each filter, with parts that all of a worker share."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from typing import Final, Protocol, TypeAlias

from proxy.metrics import Distribution, Registry
from proxy.upstream.upstream import Upstream
from wasm_host.abi.proxy_wasm.call_sessions import CallSessions
from wasm_host.abi.proxy_wasm.custom_metrics import CustomMetrics
from wasm_host.abi.proxy_wasm.http_calls import Deliver, HttpCall, HttpCalls
from wasm_host.abi.proxy_wasm.queues import SharedQueues
from wasm_host.abi.proxy_wasm.shared_data import SharedData

Foreign: TypeAlias = Callable[[bytes], bytes]
"""A function that guests call by name, from their bytes to others. ValueError says that the bytes are none it takes."""


def _nothing(_: bytes) -> bytes:
    return b""


BUILT_IN: Final[Mapping[str, Foreign]] = {"clear_route_cache": _nothing}
"""The route was chosen for good when the exchange began; Envoy has the function, and SDKs wrap it."""


class Cancellable(Protocol):
    def cancel(self) -> object: ...


class Calls(Protocol):
    def dispatch(self, call: HttpCall, deliver: Deliver) -> Cancellable | None: ...


@dataclass(frozen=True, slots=True)
class Services:
    """What one filter's guests have. `call_duration` makes its series with the first call that it is asked for."""

    upstreams: Mapping[str, Upstream]
    shared_data: SharedData
    queues: SharedQueues
    metrics: CustomMetrics
    http_calls: Calls
    call_duration: Callable[[], Distribution]
    foreign: Mapping[str, Foreign]


class WorkerServices:
    """What the filters of one worker share: upstreams, shared data, queues, and the client that calls go out by."""

    def __init__(
        self, upstreams: Mapping[str, Upstream], registry: Registry, foreign: Mapping[str, Foreign] = BUILT_IN
    ) -> None:
        self._upstreams, self._registry, self._foreign = upstreams, registry, foreign
        self._shared_data, self._queues = SharedData(), SharedQueues()
        self._sessions = CallSessions()
        self._of_filter: dict[str, Services] = {}

    def of(self, filter: str, upstreams: Mapping[str, Upstream] | None = None) -> Services:
        """Return a filter's services, the same each time: its limits hold for all its guests together.

        Only the upstreams may be others than this worker's.
        """
        found = self._of_filter.get(filter)
        if found is None:
            calls = HttpCalls(self._sessions, filter)
            found = self._of_filter[filter] = self._made(filter, self._registry, self._shared_data, self._queues, calls)
        return found if upstreams is None else replace(found, upstreams=upstreams)

    def of_trial(self, filter: str, upstreams: Mapping[str, Upstream] | None = None) -> Services:
        """Return services for a guest that is only to show that it starts: nothing it does with them is seen."""
        made = self._made(filter, Registry(), SharedData(), SharedQueues(), NoCalls())
        return made if upstreams is None else replace(made, upstreams=upstreams)

    def _made(
        self, filter: str, registry: Registry, shared_data: SharedData, queues: SharedQueues, calls: Calls
    ) -> Services:
        return Services(
            self._upstreams,
            shared_data,
            queues,
            CustomMetrics(registry, filter),
            calls,
            partial(registry.wasm_hostcall_duration.child, filter, "proxy_http_call"),
            self._foreign,
        )

    async def close(self) -> None:
        """Close the client's connections, once every guest is closed."""
        await self._sessions.close()


class NoCalls:
    """Takes calls and never carries them out."""

    def dispatch(self, call: HttpCall, deliver: Deliver) -> Cancellable | None:
        return self

    def cancel(self) -> None:
        """Do nothing: nothing is under way."""
