"""Builds the caches, and before a route's upstream the origin that looks into one of them first."""

from __future__ import annotations

from collections.abc import Mapping

from config import caching
from config.configuration import Configuration
from config.schema import Route
from proxy.cache.cache import Cache
from proxy.cache.origin import CachedOrigin
from proxy.cache.redis_settings import RedisSettings
from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream, WeightedOrigin


def caches_of(configuration: Configuration, registry: Registry) -> dict[str, Cache]:
    """Make the caches; nothing is connected before they start."""
    return {
        name: Cache(
            name,
            memory_bytes=cache.memory,
            max_object_bytes=cache.max_object_bytes,
            redis=None if cache.redis is None else settings_of(configuration, cache.redis),
            registry=registry,
        )
        for name, cache in configuration.config.caches.items()
    }


def settings_of(configuration: Configuration, redis: caching.Redis) -> RedisSettings:
    """Return how a shared tier is used, with its files where they are."""

    def located(name: str | None) -> str | None:
        return None if name is None else configuration.located(name)

    return RedisSettings(
        redis.url, timeout_s=redis.timeout, ca=located(redis.ca), cert=located(redis.cert), key=located(redis.key)
    )


def cached_origin(route: Route, origin: Upstream | WeightedOrigin, caches: Mapping[str, Cache]) -> CachedOrigin | None:
    """Return what goes before a route's origin, None where the route has no cache."""
    cache = route.cache
    if cache is None:
        return None
    return CachedOrigin(caches[cache.use], origin, cache.policy(), cache.key_rules(), cache.bypassing())
