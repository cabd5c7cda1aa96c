"""The functions that an edge guest may import: their types, what lets them in, and who has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from wasm_host.abi.edge import http, request, response, stores, surroundings
from wasm_host.functions.allowance import Allowance
from wasm_host.functions.hostcall import REASONS, HostcallFailed, Reason
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.signature import Signature

ENV: Final = "env"
PENSTOCK: Final = "penstock"
"""The ABI's own module, and ours for what it lacks."""

_OF_ENV: Final[Mapping[Reason, int]] = dict.fromkeys(REASONS, -1)
_OF_PENSTOCK: Final[Mapping[Reason, int]] = {
    "not_allowed": -2,
    "private_address": -2,
    "invalid": -3,
    "too_large": -4,
    "over_budget": -5,
    "timeout": -6,
    "unavailable": -7,
    "failed": -8,
}
"""-1 is a miss."""


@dataclass(frozen=True, slots=True)
class Import:
    """`keys` are those of `allow` of which one lets it in; none, and every function has it."""

    module: str
    name: str
    signature: Signature
    keys: tuple[str, ...] = ()
    waits: bool = False

    @property
    def failures(self) -> Mapping[Reason, int]:
        """Return what the guest is told of each failure, as unsigned numbers."""
        mask = 2**64 - 1 if self.signature.result == "I" else 2**32 - 1
        numbers = _OF_ENV if self.module == ENV else _OF_PENSTOCK
        return {reason: number & mask for reason, number in numbers.items()}

    def is_allowed(self, allow: Allowance) -> bool:
        return not self.keys or any(getattr(allow, key) for key in self.keys)


def _waiting(module: str, name: str, parameters: str, *keys: str) -> Import:
    return Import(module, name, Signature(parameters, "i"), keys, waits=True)


def _at_once(module: str, name: str, parameters: str, result: str, *keys: str) -> Import:
    return Import(module, name, Signature(parameters, result), keys)


IMPORTS: Final = (
    _at_once(ENV, "log", "ii", ""),
    _waiting(ENV, "cache_get", "ii", "cache"),
    _waiting(ENV, "cache_set", "iiiii", "cache"),
    _waiting(ENV, "http_get", "ii", "http"),
    _waiting(ENV, "http_delete", "ii", "http"),
    _waiting(ENV, "http_post", "iiiiii", "http"),
    _waiting(ENV, "http_put", "iiiiii", "http"),
    _at_once(ENV, "get_shared_buffer", "iii", "i"),
    _at_once(ENV, "request_get_method", "", "i"),
    _at_once(ENV, "request_get_uri", "", "i"),
    _waiting(ENV, "request_get_body", ""),
    _at_once(ENV, "request_get_header", "ii", "i"),
    _at_once(ENV, "request_get_header_names", "", "i"),
    _at_once(ENV, "response_set_status", "i", "i"),
    _at_once(ENV, "response_set_header", "iiii", "i"),
    _at_once(ENV, "response_add_header", "iiii", "i"),
    _at_once(ENV, "response_remove_header", "ii", "i"),
    _at_once(ENV, "response_set_body", "ii", "i"),
    _at_once(ENV, "request_terminate", "i", "i"),
    _at_once(PENSTOCK, "log", "iii", ""),
    _at_once(PENSTOCK, "request_head", "", "i"),
    _at_once(PENSTOCK, "config_get", "", "i"),
    _at_once(PENSTOCK, "secret_get", "ii", "i", "secrets"),
    _waiting(PENSTOCK, "cache_delete", "ii", "cache"),
    _waiting(PENSTOCK, "cache_increment", "iiIi", "cache"),
    _waiting(PENSTOCK, "kv_get", "ii", "kv"),
    _waiting(PENSTOCK, "kv_set", "iiiii", "kv"),
    _waiting(PENSTOCK, "kv_delete", "ii", "kv"),
    _waiting(PENSTOCK, "kv_increment", "iiI", "kv"),
    _waiting(PENSTOCK, "kv_compare_and_set", "iiiiiii", "kv"),
    _waiting(PENSTOCK, "kv_keys", "iii", "kv"),
    _at_once(PENSTOCK, "http_send", "iiii", "i", "http"),
    _at_once(PENSTOCK, "route_send", "iiii", "i", "routes"),
    _waiting(PENSTOCK, "http_wait", "i", "http", "routes"),
    _waiting(PENSTOCK, "rate_limit", "iiii", "rate_limits"),
    _at_once(PENSTOCK, "metric_add", "iiI", "i", "metrics"),
    _at_once(PENSTOCK, "random", "ii", "i", "random"),
    _at_once(PENSTOCK, "clock_ms", "", "I", "time"),
    _at_once(PENSTOCK, "monotonic_us", "", "I", "time"),
)


def implementation(wanted: Import, owners: Sequence[object]) -> Callable[..., Any]:
    """Return what stands behind an import; where it is allowed, but its service is not there, it is unavailable."""
    name = _OTHER_NAMES.get((wanted.module, wanted.name), wanted.name)
    for owner in owners:
        found: Callable[..., Any] | None = getattr(owner, name, None)
        if found is not None:
            return found
    return _unavailable


def owners(settings: FunctionSettings, services: Services) -> list[object]:
    """Return what has the host functions of one version, as its methods."""
    having: list[object] = [surroundings, request, response, http, surroundings.Configured(settings)]
    having.append(surroundings.Clock(services.wall_clock))
    if services.cache is not None:
        having.append(stores.CacheCalls(services.cache))
    if services.kv is not None:
        having.append(stores.KeyValueCalls(services.kv))
    if services.rate_limits is not None:
        having.append(stores.RateLimitCalls(services.rate_limits))
    if services.http is not None:
        having.append(http.HttpCalls(services.http))
    if services.subrequests is not None:
        having.append(http.RouteCalls(services.subrequests))
    if services.metrics is not None:
        having.append(surroundings.MetricCalls(services.metrics))
    return having


_OTHER_NAMES: Final = {(PENSTOCK, "log"): "log_at"}


def _unavailable(*_: object) -> int:
    raise HostcallFailed("unavailable", "this is not configured")
