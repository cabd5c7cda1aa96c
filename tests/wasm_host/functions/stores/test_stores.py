"""The whole of it: what is opened when, and for whom."""

from pathlib import Path

import pytest
from kit import no_leaks
from kit.redis import RedisServer
from kit.stores import ALL, LIMITS, Storing, redis_at, storing

from proxy.errors import StartError
from proxy.metrics import Registry
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings
from wasm_host.functions.stores.sqlite_store import SqliteStore
from wasm_host.functions.stores.stores import Stores


def names(directory: Path) -> list[str]:
    return [each.name for each in directory.iterdir()]


async def test_versions_of_a_function_find_the_same(tmp_path: Path) -> None:
    async with storing(StoresSettings(kv=SqliteSettings(str(tmp_path / "kv.sqlite"), 20.0))) as worker:
        worker.cache().set(b"key", b"cached", 60)
        await worker.kv().set(b"key", b"stored", 0)
        assert worker.cache().get(b"key") == b"cached"
        assert isinstance(worker.stores._pairs, SqliteStore)
        assert await worker.kv().get(b"key") == b"stored"
        assert worker.rate_limits().take(b"key", 1, 60) is True
        assert worker.rate_limits().take(b"key", 1, 60) is False
        assert worker.stores.metrics_of("hello") is worker.stores.metrics_of("hello")


async def test_what_no_function_has_is_not_opened(tmp_path: Path) -> None:
    async with no_leaks(), storing(StoresSettings(kv=SqliteSettings(str(tmp_path / "kv.sqlite"))), with_kv=False):
        assert names(tmp_path) == []


async def test_a_later_start_opens_what_was_handed_out_since(tmp_path: Path) -> None:
    async with storing(StoresSettings(kv=SqliteSettings(str(tmp_path / "kv.sqlite"))), with_kv=False) as worker:
        worker.kv()
        await worker.stores.start()
        assert "kv.sqlite" in names(tmp_path)


async def test_stores_that_were_never_started_close() -> None:
    async with RedisServer() as server, no_leaks():
        place = redis_at(server.url)
        worker = Storing(StoresSettings(cache_redis=place, kv=place))
        worker.cache()
        worker.kv()
        await worker.stores.close()


def test_a_key_value_store_without_a_place_is_no_store() -> None:
    with pytest.raises(StartError, match=r"functions\.kv"):
        Stores(StoresSettings(), Registry()).kv_of("hello", ALL, LIMITS)
