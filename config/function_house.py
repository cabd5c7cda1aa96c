"""What the functions of one worker have in common, over all graphs that are alive at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from config.builtin_modules import located
from config.caches import settings_of
from config.configuration import Configuration
from config.function_audit import FunctionAudit
from config.function_options import Functions
from config.function_recipes import Recipe
from config.function_store import store_of
from proxy.errors import AbiMismatch
from proxy.functions import TellLine
from proxy.line_sink import STREAMS
from proxy.metrics import Registry
from proxy.runtime import log
from proxy.upstream.settings import TlsClient
from wasm_host.functions.broken import BrokenFunction
from wasm_host.functions.deployment import Runnable
from wasm_host.functions.function import Function
from wasm_host.functions.network.client import FunctionHttp
from wasm_host.functions.network.listeners import Listeners
from wasm_host.functions.network.pools import HttpPools
from wasm_host.functions.network.subrequests import RouteSubrequests
from wasm_host.functions.registry.registry import blob
from wasm_host.functions.services import Services
from wasm_host.functions.settings import FunctionSettings
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings
from wasm_host.functions.stores.stores import Stores
from wasm_host.module import WasmModule, read_module

KV_FILE = "kv.sqlite"
"""Where values are kept, in the store, unless the file says otherwise."""


@dataclass(frozen=True, slots=True)
class HouseSettings:
    """Graphs that are equal in this share a house. `files` tells what the stores' certificates hold."""

    stores: StoresSettings
    audit_log: str
    files: tuple[str | None, ...] = ()


def house_settings(configuration: Configuration, functions: Functions) -> HouseSettings:
    tiers = [tier for _, tier in functions.tiers()]
    cache = functions.cache
    return HouseSettings(
        StoresSettings(
            cache_bytes=cache.memory,
            cache_redis=None if cache.redis is None else settings_of(configuration, cache.redis),
            kv=_kv(configuration, functions),
        ),
        functions.audit_log if functions.audit_log in STREAMS else configuration.located(functions.audit_log),
        tuple(digest for tier in tiers for digest in configuration.digests(tier.ca, tier.cert, tier.key)),
    )


def _kv(configuration: Configuration, functions: Functions) -> Any:
    kv, store = functions.kv, store_of(configuration)
    if kv is None:
        return None if store is None else SqliteSettings(str(store / KV_FILE))
    if kv.redis is not None:
        return settings_of(configuration, kv.redis)
    return SqliteSettings(configuration.located(kv.path or KV_FILE))


@dataclass(slots=True, eq=False)
class Tenant:
    """A version with what it was made of; `holders` are graphs, `http` its connections."""

    recipe: Recipe
    function: Runnable
    http: FunctionHttp | None = None
    holders: int = 0


class House:
    """Versions go when the last graph that has them lets them go, what they store in with the last graph of all."""

    def __init__(self, settings: HouseSettings, registry: Registry) -> None:
        self.settings, self._registry = settings, registry
        self.graphs = 0
        self.listeners = Listeners()
        self.stores = Stores(settings.stores, registry)
        self.audit = FunctionAudit(settings.audit_log, registry.function_audit_dropped.child())
        self.tell: TellLine = _untold
        self._tenants: dict[tuple[str, str], list[Tenant]] = {}
        self._by_module: dict[str, set[Tenant]] = {}
        self._leftovers: list[Tenant] = []

    def hold(self, recipe: Recipe) -> Tenant:
        """Return the version of a recipe, kept or made, with one holder more; raises GuestError, StartError."""
        for tenant in self._tenants.get((recipe.name, recipe.version), ()):
            # One that is broken may have been mended meanwhile.
            if tenant.recipe == recipe and isinstance(tenant.function, Function):
                tenant.holders += 1
                return tenant
        return self._entered(self._made(recipe))

    def try_out(self, recipe: Recipe) -> None:
        """See whether a version could run, and leave nothing behind; raises GuestError, StartError."""
        function = self._made(recipe).function
        if isinstance(function, Function):
            function.try_out()

    def hold_broken(self, recipe: Recipe, error: Exception) -> Tenant:
        """Have something in the place of a version that cannot be made."""
        log.error("function %s: version %s is answered for with 503: %s", recipe.name, recipe.version, error)
        return self._entered(Tenant(recipe, BrokenFunction(recipe.name, recipe.version, str(error))))

    def _entered(self, tenant: Tenant) -> Tenant:
        recipe, tenant.holders = tenant.recipe, 1
        self._tenants.setdefault((recipe.name, recipe.version), []).append(tenant)
        if isinstance(tenant.function, Function):
            self._by_module.setdefault(recipe.sha256, set()).add(tenant)
        return tenant

    def _made(self, recipe: Recipe) -> Tenant:
        try:
            settings = recipe.settings()
        except ValueError as error:
            raise AbiMismatch(f"what its deploy says is not understood: {error}") from error
        module = self._module(recipe)
        services = self._services(settings)
        function = Function(module, settings, services, self._registry, self._tell, self.audit.write)
        return Tenant(recipe, function, services.http if isinstance(services.http, FunctionHttp) else None)

    def _module(self, recipe: Recipe) -> WasmModule:
        """Read a module, unless another version has the same; raises AbiMismatch."""
        for tenant in self._by_module.get(recipe.sha256, ()):
            if isinstance(tenant.function, Function):
                return tenant.function.module
        if recipe.deployed is not None:
            return read_module(blob(recipe.directory, recipe.sha256), recipe.sha256)
        return read_module(located(recipe.path, recipe.directory), recipe.sha256 or None)

    def _services(self, settings: FunctionSettings) -> Services:
        name, allow, limits, stores = settings.name, settings.allow, settings.limits, self.stores
        return Services(
            cache=None if allow.cache is None else stores.cache_of(name, allow.cache, limits),
            kv=None if allow.kv is None else stores.kv_of(name, allow.kv, limits),
            rate_limits=stores.rate_limits_of(name, limits) if allow.rate_limits else None,
            http=None if allow.http is None else FunctionHttp(name, allow.http, limits, self._pools),
            subrequests=RouteSubrequests(name, allow.routes, limits, self.listeners) if allow.routes else None,
            metrics=stores.metrics_of(name) if allow.metrics else None,
        )

    @cached_property
    def _pools(self) -> HttpPools:
        return HttpPools(TlsClient().context())

    def _tell(self, line: dict[str, Any]) -> None:
        self.tell(line)

    async def start(self) -> None:
        """Open what functions write to, as far as it is not open yet; raises StartError."""
        self.audit.open()
        await self.stores.start()

    async def let_go(self, tenants: Iterable[Tenant]) -> None:
        """Be one graph less; close what none has any more once its calls have ended."""
        self.graphs -= 1
        left, self._leftovers = [*self._leftovers, *filter(self._is_last, tenants)], []
        await asyncio.gather(*(_closed(tenant) for tenant in left))
        if not self.graphs:
            await self.stores.close()
            await asyncio.to_thread(self.audit.close)

    def abandon(self, tenants: Iterable[Tenant]) -> None:
        """Let go where nothing was called: the graph was not built after all. What is left is closed in time."""
        self.graphs -= 1
        self._leftovers += filter(self._is_last, tenants)

    def _is_last(self, tenant: Tenant) -> bool:
        """Take a holder off; tells whether that was the last."""
        tenant.holders -= 1
        if not tenant.holders:
            recipe = tenant.recipe
            self._tenants[recipe.name, recipe.version].remove(tenant)
            self._by_module.get(recipe.sha256, set()).discard(tenant)
            if not self._tenants[recipe.name, recipe.version]:
                del self._tenants[recipe.name, recipe.version]
            if not self._by_module.get(recipe.sha256):
                self._by_module.pop(recipe.sha256, None)
        return not tenant.holders


async def _closed(tenant: Tenant) -> None:
    await tenant.function.close()
    if tenant.http is not None:
        await tenant.http.close()


def _untold(_: dict[str, Any]) -> None:
    return
