"""Which guests live on when the next graph takes over, and when the others go."""

from __future__ import annotations

import gc
import pathlib
import weakref
from collections.abc import AsyncIterator
from hashlib import sha256

import pytest
from kit.exchanges import make_exchange, make_response, run
from kit.guests import marking, refusing
from kit.reloaded import BASE, Site, filters, route, with_

from config.waf_compilation import compiled_rules
from proxy.errors import StartError
from proxy.listener import Graph


@pytest.fixture
async def site(tmp_path: pathlib.Path) -> AsyncIterator[Site]:
    site = Site(tmp_path)
    yield site
    await site.close()


@pytest.fixture
def with_guest(site: Site) -> Site:
    site.data["filters"]["guest"] = {"type": "wasm", "module": "own.wasm"}
    site.data["routes"][0]["filters"] = ["guest"]
    (site.directory / "own.wasm").write_bytes(marking("one"))
    return site


async def mark(graph: Graph) -> str | None:
    [filter] = filters(graph, "a")
    exchange = make_exchange()
    response = await run(exchange, make_response(), filter)
    filter.on_complete(exchange)
    return response.headers.get("x-mark")


def instances(site: Site) -> float:
    return site.registry.wasm_instances.child("guest").value


async def test_a_guest_lives_on_where_nothing_of_it_has_changed(with_guest: Site) -> None:
    before = await with_guest.turn()
    [filter] = filters(before, "a")
    guest = filter.guests.current  # type: ignore[attr-defined]
    after = await with_guest.turn(workers=2)
    assert filters(after, "a") == [filter]
    assert filter.guests.current is guest  # type: ignore[attr-defined]
    assert (await mark(after), instances(with_guest)) == ("one", 1)


async def test_a_module_that_has_changed_comes_in_and_the_old_guest_goes(with_guest: Site) -> None:
    await with_guest.turn()
    (with_guest.directory / "own.wasm").write_bytes(marking("two"))
    assert await mark(await with_guest.turn()) == "two"
    assert instances(with_guest) == 1


async def test_a_module_swapped_meanwhile_is_what_runs(with_guest: Site) -> None:
    before = await with_guest.turn()
    (with_guest.directory / "own.wasm").write_bytes(marking("two"))
    assert before.modules is not None
    assert (await before.modules.reload("guest"))["outcome"] == "swapped"
    after = await with_guest.turn()
    assert filters(after, "a") == filters(before, "a")
    assert await mark(after) == "two"


async def test_other_settings_make_another_guest(with_guest: Site) -> None:
    before = await with_guest.turn()
    guest = {"type": "wasm", "module": "own.wasm", "config": {"a": 1}}
    after = await with_guest.turn(filters=with_(with_guest.data["filters"], guest=guest))
    assert filters(after, "a") != filters(before, "a")
    assert instances(with_guest) == 1


async def test_a_pin_comes_with_its_module_or_neither_does(with_guest: Site) -> None:
    before = await with_guest.turn()
    (with_guest.directory / "own.wasm").write_bytes(marking("two"))
    wrong = {"type": "wasm", "module": {"path": "own.wasm", "sha256": "0" * 64}}
    with pytest.raises(StartError, match=r"filter guest: own\.wasm has the sha256"):
        with_guest.build(filters=with_(with_guest.data["filters"], guest=wrong))
    assert (await mark(before), instances(with_guest)) == ("one", 1)
    right = {"type": "wasm", "module": {"path": "own.wasm", "sha256": sha256(marking("two")).hexdigest()}}
    assert await mark(await with_guest.turn(filters=with_(with_guest.data["filters"], guest=right))) == "two"


async def test_a_guest_that_does_not_start_leaves_the_running_one_alone(with_guest: Site) -> None:
    before = await with_guest.turn()
    (with_guest.directory / "own.wasm").write_bytes(refusing("no"))
    after = with_guest.build()
    assert after.modules is not None
    with pytest.raises(StartError, match="the guest refused its configuration"):
        after.modules.start()
    await after.modules.close()
    assert (await mark(before), instances(with_guest)) == ("one", 1)
    info = {labels[1]: value for labels, value in with_guest.registry.wasm_module_info.samples()}
    assert sorted(info.values()) == [0, 1], "the running module alone is shown"


async def test_an_exchange_under_way_ends_in_its_own_guest(with_guest: Site) -> None:
    before = await with_guest.turn()
    exchange = make_exchange()
    chain = route(before, "a").chain
    await chain.request(exchange)
    (with_guest.directory / "own.wasm").write_bytes(marking("two"))
    after = await with_guest.turn()
    assert instances(with_guest) == 2
    assert (await chain.response(exchange, make_response())).headers.get("x-mark") == "one"
    chain.complete(exchange)
    assert instances(with_guest) == 1
    assert await mark(after) == "two"


async def test_guests_that_stay_know_the_new_upstreams_once_they_run(with_guest: Site) -> None:
    before = await with_guest.turn()
    after = with_guest.build(upstreams=with_(BASE["upstreams"], api={"endpoints": ["127.0.0.1:7"]}))
    [filter] = filters(before, "a")
    known = filter.program.services.upstreams  # type: ignore[attr-defined]
    assert known["api"] is before.upstreams["api"]
    assert after.modules is not None
    after.modules.take_over()
    assert known["api"] is after.upstreams["api"] is not before.upstreams["api"]


async def test_guests_share_their_data_over_a_reload(with_guest: Site) -> None:
    before = await with_guest.turn()
    [old] = filters(before, "a")
    (with_guest.directory / "own.wasm").write_bytes(marking("two"))
    [new] = filters(await with_guest.turn(), "a")
    assert old.program.services.shared_data is new.program.services.shared_data  # type: ignore[attr-defined]


def compile_rule(directory: pathlib.Path, word: str) -> None:
    source = directory / "own.conf"
    source.write_text(f'SecRule ARGS "@contains {word}" "id:1,phase:1,deny,status:403"\n')
    (directory / "own.blob").write_bytes(compiled_rules([source], allow_skipped=False).blob)


async def blocked(graph: Graph, target: str) -> bool:
    exchange, chain = make_exchange(target=target), route(graph, "a").chain
    answer = await chain.request(exchange)
    chain.complete(exchange)
    return answer is not None and answer.status == 403


async def test_new_rules_of_a_firewall_come_in(site: Site) -> None:
    compile_rule(site.directory, "evil")
    site.data["filters"]["guest"] = {"type": "waf", "rules": "own.blob", "mode": "enforce", "audit_log": "audit.log"}
    site.data["routes"][0]["filters"] = ["guest"]
    before = await site.turn()
    same = await site.turn(workers=2)
    assert filters(same, "a") == filters(before, "a")
    assert [await blocked(same, target) for target in ("/?a=evil", "/?a=vile")] == [True, False]
    compile_rule(site.directory, "vile")
    after = await site.turn()
    assert [await blocked(after, target) for target in ("/?a=evil", "/?a=vile")] == [False, True]
    assert instances(site) == 1


async def test_rules_that_are_none_leave_the_running_ones_alone(site: Site) -> None:
    compile_rule(site.directory, "evil")
    site.data["filters"]["guest"] = {"type": "waf", "rules": "own.blob", "mode": "enforce"}
    site.data["routes"][0]["filters"] = ["guest"]
    before = await site.turn()
    (site.directory / "own.blob").write_bytes(b"no rules")
    with pytest.raises(StartError, match=r"filter guest: own\.blob holds no compiled rules"):
        site.build()
    assert await blocked(before, "/?a=evil")
    assert instances(site) == 1


async def test_nothing_holds_on_to_a_graph_that_is_gone(with_guest: Site) -> None:
    gone = weakref.ref((await with_guest.turn()).upstreams["api"])
    await with_guest.turn(upstreams=with_(BASE["upstreams"], api={"endpoints": ["127.0.0.1:7"]}))
    del with_guest.graphs[0]
    gc.collect()
    assert gone() is None
