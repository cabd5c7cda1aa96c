"""Several workers on one store, and one that is killed."""

import asyncio
import sys
from pathlib import Path

from kit.redis import RedisServer
from kit.stores import reason_of, storing

from proxy.cache.redis_settings import RedisSettings
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings

SCRIPT = Path(__file__).parents[3] / "kit" / "storing_process.py"
PROCESSES, TIMES = 3, 30


async def worker(place: SqliteSettings | RedisSettings, times: int) -> asyncio.subprocess.Process:
    where = place.path if isinstance(place, SqliteSettings) else place.url
    return await asyncio.create_subprocess_exec(
        sys.executable, "-P", str(SCRIPT), where, str(times), stdout=asyncio.subprocess.PIPE
    )


async def test_an_increment_or_a_swap_is_one_step_for_all_processes(place: SqliteSettings | RedisSettings) -> None:
    processes = [await worker(place, TIMES) for _ in range(PROCESSES)]
    told = [(await process.communicate())[0].split() for process in processes]
    assert [process.returncode for process in processes] == [0] * PROCESSES
    assert sorted(int(number) for numbers in told for number in numbers) == list(range(1, 2 * TIMES * PROCESSES + 1))


async def test_what_was_told_as_stored_outlives_a_kill(tmp_path: Path) -> None:
    place = SqliteSettings(str(tmp_path / "kv.sqlite"))
    for _ in range(2):
        process = await worker(place, 1_000_000)
        assert process.stdout is not None
        lines = [await process.stdout.readline() for _ in range(20)]
        process.kill()
        lines += (await process.communicate())[0].splitlines(keepends=True)
        told = max(int(line.split()[-1]) for line in lines if line.endswith(b"\n"))
        async with storing(StoresSettings(kv=place)) as reader:
            stored = int(await reader.kv().get(b"count") or 0)  # type: ignore[misc]
        # Two more may have been stored and never told.
        assert told <= stored <= told + 2


async def test_a_redis_that_is_killed_makes_the_store_unavailable(server: RedisServer) -> None:
    place = RedisSettings(server.url, timeout_s=20.0)
    async with storing(StoresSettings(kv=place)) as one:
        await one.kv().set(b"key", b"value", 0)  # type: ignore[misc]
        await server.kill()
        for call in (one.kv().get, one.kv().delete):
            assert await reason_of(call, b"key") == "unavailable"
