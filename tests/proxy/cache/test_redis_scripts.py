"""The scripts by themselves: which keys they touch, and what becomes of them when a server restarts."""

import re

import pytest
from kit.redis import RedisServer
from kit.tiers import URL, a_response, node

from proxy.cache.purge import Purge
from proxy.cache.redis_scripts import SCRIPTS, Script

_CALL = re.compile(r"redis\.p?call\(\s*'([A-Z]+)'\s*,\s*([^,()]+)")


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda script: script.sha[:8])
def test_a_script_touches_only_keys_that_it_was_given(script: Script) -> None:
    calls = _CALL.findall(script.source)
    assert len(calls) == script.source.count("redis.call(") + script.source.count("redis.pcall(")
    assert all(re.fullmatch(r"KEYS\[(\d+|index)\]", key.strip()) for _, key in calls)


async def test_every_key_that_a_script_used_was_declared() -> None:
    async with RedisServer() as server, node(server.url) as one, server.redis.monitor() as monitor:
        await one.store(a_response(), a_response(b"x" * 300_000, vary=(b"a",), variant=(None,)))
        await one.find(lock=True)
        await one.find("https://example.test/none", lock=True)
        one.tier.unlock(URL)
        one.tier.drop(URL)
        await one.written()
        await one.tier.purge(Purge("all"))
        await server.redis.echo("enough")
        declared: set[str] = set()
        used: set[str] = set()
        while (seen := await monitor.next_command())["command"] != "ECHO enough":
            words = seen["command"].split(" ")
            if seen["client_type"] == "lua":
                used.add(words[1])
            elif words[0] == "EVALSHA":
                declared.update(words[3 : 3 + int(words[2])])
        assert len(used) >= 5
        assert used <= declared


async def test_a_server_that_forgot_the_scripts_is_given_them_again(server: RedisServer) -> None:
    async with node(server.url) as one:
        await one.store(a_response())
        await server.redis.script_flush()
        assert await one.body() == b"hello"
        assert one.tier.available
