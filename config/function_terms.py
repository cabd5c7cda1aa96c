"""What the configuration lets each function reach and use, and what of that a deployed version gets. Pure.

The file is the authority: what a version asks for beyond it is refused at the deploy, and left out wherever the file
has become stricter since.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from config.function_allow import Allow
from config.function_limits import FunctionLimits as GivenLimits
from config.function_options import FunctionDefaults, NamedFunction
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance
from wasm_host.functions.settings import FunctionLimits


@dataclass(frozen=True, slots=True)
class Terms:
    """The most that a function may have."""

    allow: Allowance
    limits: FunctionLimits

    def narrowed(self, allow: Any, limits: Mapping[str, Any] | None) -> Terms:
        """Return what a version gets that asks for this, as in YAML; None is all. Raises ValueError."""
        asked = self.allow if allow is None else Allow.model_validate(allow).allowance()
        given = GivenLimits.model_validate(limits or {}).given()
        return Terms(lesser_allowance(asked, self.allow), lesser_limits(replace(self.limits, **given), self.limits))


def terms_of(defaults: FunctionDefaults, own: NamedFunction) -> Terms:
    """Return the terms of a function, those of its own over the defaults: key by key, each as a whole."""
    allow = defaults.allow.model_copy(update={key: getattr(own.allow, key) for key in own.allow.model_fields_set})
    limits = defaults.limits.given() | own.limits.given()
    return Terms(allow.allowance(), FunctionLimits(**limits))


def lesser_allowance(asked: Allowance, most: Allowance) -> Allowance:
    """Return what both allow."""
    return Allowance(
        cache=_lesser_store(asked.cache, most.cache),
        kv=_lesser_store(asked.kv, most.kv),
        http=_lesser_http(asked.http, most.http),
        routes=tuple(route for route in asked.routes if route in most.routes),
        secrets=asked.secrets & most.secrets,
        rate_limits=asked.rate_limits and most.rate_limits,
        metrics=asked.metrics and most.metrics,
        random=asked.random and most.random,
        time=asked.time and most.time,
    )


def _lesser_store(asked: StoreAllowance | None, most: StoreAllowance | None) -> StoreAllowance | None:
    if asked is None or most is None:
        return None
    writes = asked.writes and most.writes
    if asked.prefix.startswith(most.prefix):
        return StoreAllowance(asked.prefix, writes)
    return StoreAllowance(most.prefix, writes) if most.prefix.startswith(asked.prefix) else None


def _lesser_http(asked: HttpAllowance | None, most: HttpAllowance | None) -> HttpAllowance | None:
    if asked is None or most is None:
        return None
    hosts = tuple(host for host in asked.hosts if any(covers(wider, host) for wider in most.hosts))
    networks = tuple(each for each in asked.networks if any(_contains(wider, each) for wider in most.networks))
    return HttpAllowance(hosts, asked.plain and most.plain, networks) if hosts else None


def covers(wider: str, host: str) -> bool:
    """Tell whether one pattern of hosts allows all that another does; both may have a port."""
    (wide_name, wide_port), (name, port) = _parted(wider), _parted(host)
    return port == wide_port and (name == wide_name or (wide_name.startswith("*.") and name.endswith(wide_name[1:])))


def _parted(host: str) -> tuple[str, str]:
    name, colon, port = host.rpartition(":")
    return (name, port) if colon and port.isdecimal() else (host, "")


def _contains(wider: str, network: str) -> bool:
    one, other = ipaddress.ip_network(wider), ipaddress.ip_network(network)
    return one.version == other.version and one.supernet_of(other)  # type: ignore[arg-type]


def lesser_limits(asked: FunctionLimits, most: FunctionLimits) -> FunctionLimits:
    """Return the stricter of each; a rate of 0 is none at all."""
    lesser = {each.name: min(getattr(asked, each.name), getattr(most, each.name)) for each in fields(most)}
    rates = [rate for rate in (asked.rate, most.rate) if rate]
    return FunctionLimits(**lesser | {"rate": min(rates, default=0.0)})
