"""Builds the caches, and before a route's upstream the origin that looks into one of them first."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from config import caching
from config.configuration import Configuration
from config.schema import Route
from config.stock import Stock
from proxy.cache.cache import Cache
from proxy.cache.origin import CachedOrigin, Choosing
from proxy.cache.redis_settings import RedisSettings
from proxy.metrics import Registry


def caches_of(configuration: Configuration, registry: Registry, stock: Stock) -> dict[str, Cache]:
    """Make the caches; nothing is connected before they start."""
    made = {}
    for name, cache in configuration.config.caches.items():
        files = () if cache.redis is None else configuration.digests(cache.redis.ca, cache.redis.cert, cache.redis.key)
        made[name] = stock.part(("cache", name), (cache, files), partial(_cache, configuration, name, cache, registry))
    return made


def _cache(configuration: Configuration, name: str, cache: caching.Cache, registry: Registry) -> Cache:
    return Cache(
        name,
        memory_bytes=cache.memory,
        max_object_bytes=cache.max_object_bytes,
        redis=None if cache.redis is None else settings_of(configuration, cache.redis),
        registry=registry,
    )


def settings_of(configuration: Configuration, redis: caching.Redis) -> RedisSettings:
    """Return how a shared tier is used, with its files where they are."""

    def located(name: str | None) -> str | None:
        return None if name is None else configuration.located(name)

    return RedisSettings(
        redis.url, timeout_s=redis.timeout, ca=located(redis.ca), cert=located(redis.cert), key=located(redis.key)
    )


def cached_origin(route: Route, origin: Choosing | None, caches: Mapping[str, Cache]) -> CachedOrigin | None:
    """Return what goes before a route's origin, None where the route has no cache, or nothing to be kept."""
    cache = route.cache
    if cache is None or origin is None:
        return None
    return CachedOrigin(caches[cache.use], origin, cache.policy(), cache.key_rules(), cache.bypassing())
