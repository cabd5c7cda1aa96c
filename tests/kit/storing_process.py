"""A process that counts in the key-value store, as a worker may: by increment, then by compare and set, and again.

Started as a script with where to store, a path or a URL of Redis, and how often. Prints each number that was stored.
"""

from __future__ import annotations

import asyncio
import sys

from proxy.cache.redis_settings import RedisSettings
from proxy.metrics import Registry
from wasm_host.functions.allowance import StoreAllowance
from wasm_host.functions.services import KeyValues
from wasm_host.functions.settings import FunctionLimits
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings
from wasm_host.functions.stores.stores import Stores

PATIENCE_S = 20.0


async def swap(kv: KeyValues) -> int:
    """Add one to what was read, as often as it takes until nobody came between."""
    while True:
        before = await kv.get(b"count")  # type: ignore[misc]
        after = int(before or 0) + 1
        if await kv.compare_and_set(b"count", before, b"%d" % after, 0):  # type: ignore[misc]
            return after


async def main(place: str, times: int) -> None:
    is_redis = place.startswith("redis:")
    kv = RedisSettings(place, timeout_s=PATIENCE_S) if is_redis else SqliteSettings(place, PATIENCE_S)
    stores = Stores(StoresSettings(kv=kv), Registry())
    pairs = stores.kv_of("hello", StoreAllowance(), FunctionLimits())
    await stores.start()
    for _ in range(times):
        print(await pairs.increment(b"count", 1), await swap(pairs), flush=True)  # type: ignore[misc]
    await stores.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2])))
