"""A real server of each kind that is found on this machine."""

from collections.abc import AsyncIterator

import pytest
from kit.redis import RedisServer, backends


@pytest.fixture(params=backends())
async def server(request: pytest.FixtureRequest) -> AsyncIterator[RedisServer]:
    async with RedisServer(request.param) as running:
        yield running
