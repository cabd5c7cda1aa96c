"""Thousands of requests through one firewall leave nothing behind, and none knows of another."""

from __future__ import annotations

import gc
import pathlib
from typing import Any

from kit import Proxy, eventually, get, no_leaks, post
from kit.guarding import ATTACK, counted, guarding, requests_of, settled

from proxy.exchange import Exchange

FORM = "Content-Type: application/x-www-form-urlencoded"
ROUNDS = 500
REQUESTS = (
    (get("/?q=fine"), 200),
    (get(ATTACK), 403),
    (post(b"a=fine&b=" + b"x" * 500, FORM), 200),
    (post(b"a=attack", FORM), 403),
)


def guest_bytes(proxy: Proxy) -> int:
    """Return the size of the linear memory of the first filter's guest, as it is now."""
    filter: Any = proxy.graph.listeners[0].router.routes[0].chain.steps[0].filter
    _, size = filter.guests.current.memory._extent()
    return int(size)


def exchanges() -> int:
    gc.collect()
    return sum(isinstance(each, Exchange) for each in gc.get_objects())


async def test_many_requests_are_judged_alike_and_leave_neither_memory_nor_exchanges(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, origin):
        client = await proxy.connect()
        sizes, before = [], exchanges()
        for _ in range(4):
            for _ in range(ROUNDS):
                for request, status in REQUESTS:
                    await client.send(request)
                    await client.expect_response(status)
            await settled(proxy)
            sizes.append(guest_bytes(proxy))
        assert requests_of(origin) == 4 * ROUNDS * 2
        assert sizes[1:] == sizes[:1] * 3, "the guest's memory grows with each request"
        assert exchanges() == before
    assert counted(proxy) == {"blocked": 4 * ROUNDS * 2, "passed": 4 * ROUNDS * 2}


async def test_clients_that_leave_at_any_time_leave_nothing_behind(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, _):
        whole, before = post(b"a=fine&b=" + b"x" * 3000, FORM), exchanges()
        async with no_leaks():
            for cut in range(1, len(whole), 150):
                client = await proxy.connect()
                await client.send(whole[:cut])
                client.reset()
            await settled(proxy)
            await eventually(lambda: not proxy.open_connections)
        assert exchanges() == before
        assert proxy.registry.wasm_instances.child("waf").value == 1


async def test_what_one_request_set_the_next_does_not_find(tmp_path: pathlib.Path) -> None:
    rules = """\
SecRule ARGS:set "@rx ." "id:1,phase:1,pass,nolog,setvar:tx.kept=1,ctl:ruleRemoveById=3"
SecRule TX:kept "@eq 1" "id:2,phase:2,deny,log,msg:'kept',chain"
    SecRule &ARGS:set "@eq 0"
SecRule ARGS:q "@streq attack" "id:3,phase:2,deny,status:406,log,msg:'attack'"
"""
    async with guarding(tmp_path, rules=rules) as (proxy, _):
        client = await proxy.connect()
        for _ in range(20):
            for target, status in (("/?set=1&q=attack", 200), ("/?q=fine", 200), ("/?q=attack", 406)):
                await client.send(get(target))
                await client.expect_response(status)
