"""A real server of each kind that is found on this machine, and each place that pairs may lie in."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit.redis import RedisServer, backends
from kit.stores import redis_at

from proxy.cache.redis_settings import RedisSettings
from wasm_host.functions.stores.settings import SqliteSettings


@pytest.fixture(params=backends())
async def server(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with RedisServer(request.param) as running:
        yield running


@pytest.fixture(params=["sqlite", *backends()])
async def place(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[SqliteSettings | RedisSettings]:
    if request.param == "sqlite":
        yield SqliteSettings(str(tmp_path / "kv.sqlite"), busy_s=20.0)
        return
    async with RedisServer(request.param) as running:
        yield redis_at(running.url)
