"""The scripts by themselves: the keys that they touch."""

import re

import pytest
from kit.redis import RedisServer
from kit.stores import got, redis_at, storing

from proxy.cache.redis_scripts import Script
from wasm_host.functions.stores.redis_scripts import SCRIPTS
from wasm_host.functions.stores.scope import ROOT
from wasm_host.functions.stores.settings import StoresSettings

_CALL = re.compile(r"redis\.p?call\(\s*'([A-Z]+)'\s*,\s*([^,()]+)")
_CLOCK = "redis.call('TIME')"


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.sha[:8])
def test_a_script_touches_only_keys_that_it_was_given(script: Script) -> None:
    source = script.source.replace(_CLOCK, "")
    calls = _CALL.findall(source)
    assert len(calls) == source.count("redis.call(") + source.count("redis.pcall(")
    assert all(re.fullmatch(r"KEYS\[\d\]", key.strip()) for _, key in calls)


async def test_every_key_that_a_script_used_was_declared_and_is_ours() -> None:
    async with RedisServer() as server:
        settings = StoresSettings(cache_redis=redis_at(server.url), kv=redis_at(server.url))
        async with storing(settings) as worker, server.redis.monitor() as monitor:
            kv = worker.kv()
            await kv.set(b"key", b"value", 60)
            await kv.compare_and_set(b"key", b"value", b"other", 0)
            await kv.increment(b"count", 1)
            await kv.get(b"key")
            await kv.keys(b"", 10)
            await kv.delete(b"key")
            await got(worker.cache().increment(b"count", 1, 60))
            await got(worker.rate_limits().take(b"key", 1, 60))
            await server.redis.echo("enough")
            declared: set[str] = set()
            used: set[str] = set()
            while (seen := await monitor.next_command())["command"] != "ECHO enough":
                words = seen["command"].split(" ")
                if seen["client_type"] == "lua" and words[0] != "TIME":
                    used.add(words[1])
                elif words[0] == "EVALSHA":
                    declared.update(words[3 : 3 + int(words[2])])
        assert len(used) == 6
        assert used <= declared
        assert all(key.startswith(ROOT.decode()) for key in declared)
