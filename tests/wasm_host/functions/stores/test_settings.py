"""Where rate limits are kept."""

from proxy.cache.redis_settings import RedisSettings
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings

CACHE, KV = RedisSettings("redis://cache"), RedisSettings("redis://kv")


def test_rate_limits_are_kept_in_the_redis_of_the_cache_first() -> None:
    assert StoresSettings(cache_redis=CACHE, kv=KV).rate_limits_redis is CACHE


def test_rate_limits_are_kept_in_the_redis_of_the_pairs_if_the_cache_has_none() -> None:
    assert StoresSettings(kv=KV).rate_limits_redis is KV


def test_rate_limits_are_kept_by_each_worker_where_there_is_no_redis() -> None:
    assert StoresSettings(kv=SqliteSettings("kv.sqlite")).rate_limits_redis is None


def test_settings_that_say_the_same_are_equal() -> None:
    assert StoresSettings(cache_redis=CACHE) == StoresSettings(cache_redis=RedisSettings("redis://cache"))
