"""What a function may reach. Nothing that is not named here is linked into it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StoreAllowance:
    """The cache or the key-value store: keys that begin with `prefix`, in the function's own name space."""

    prefix: str = ""
    writes: bool = True


@dataclass(frozen=True, slots=True)
class HttpAllowance:
    """Where it may send requests.

    `hosts` are names, `api.example.com`, `*.example.com` for all below it, or either with `:port`; without a port the
    scheme's own is meant. `plain` lets `http:` through. `networks` are the private ones that may be reached all the
    same, such as `10.1.0.0/16`.
    """

    hosts: tuple[str, ...]
    plain: bool = False
    networks: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Allowance:
    """Request, response, configuration and log are every function's; `routes` are those for sub-requests, by name."""

    cache: StoreAllowance | None = None
    kv: StoreAllowance | None = None
    http: HttpAllowance | None = None
    routes: tuple[str, ...] = ()
    secrets: frozenset[str] = frozenset()
    rate_limits: bool = False
    metrics: bool = False
    random: bool = False
    time: bool = False
