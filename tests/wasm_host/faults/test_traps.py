"""A guest that traps in any of its callbacks breaks the request that made it trap, and no other."""

from __future__ import annotations

from typing import Final

import pytest
from kit.faults import CLIENTS, POISON, POISONERS, faulty, guest
from kit.wire import get, post

from wasm_host.pool import REPLACING

POISONED_ONLY: Final = "(if (call $poisoned) (then unreachable))"

CALLBACKS: Final = {
    "context_create": f'(func (export "proxy_on_context_create") (param i32 i32) {POISONED_ONLY})',
    "request_headers": f"""(func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        {POISONED_ONLY} (i32.const 0))""",
    "request_body": f"""(func (export "proxy_on_request_body") (param i32 i32 i32) (result i32)
        {POISONED_ONLY} (i32.const 0))""",
    "response_headers": f"""(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
        {POISONED_ONLY} (i32.const 0))""",
    "response_body": f"""(func (export "proxy_on_response_body") (param i32 i32 i32) (result i32)
        {POISONED_ONLY} (i32.const 0))""",
    "log": f'(func (export "proxy_on_log") (param i32) {POISONED_ONLY})',
    "done": f'(func (export "proxy_on_done") (param i32) (result i32) {POISONED_ONLY} (i32.const 1))',
    "delete": f'(func (export "proxy_on_delete") (param i32) {POISONED_ONLY})',
}
AFTER_THE_ANSWER: Final = ("log", "done", "delete")

every_callback = pytest.mark.parametrize("callback", CALLBACKS)
either_kind = pytest.mark.parametrize("instances", ["shared", "per_request"])


@either_kind
@every_callback
async def test_a_trap_fails_its_own_request_alone(callback: str, instances: str) -> None:
    async with faulty(guest(CALLBACKS[callback]), instances=instances) as proxy:
        load = await proxy.load(post(b"hello"), post(b"hello", POISON))
        load.check_innocent()
        expected = 200 if callback in AFTER_THE_ANSWER else 500
        assert load.statuses == [expected] * len(POISONERS)
        assert set(proxy.traps()) == {"unreachable"}
        # A guest that is gone is not told that its other exchanges are over.
        assert proxy.traps()["unreachable"] in ((1, 2) if callback in AFTER_THE_ANSWER else (2,))
        assert proxy.instances <= (instances == "shared")


@either_kind
@every_callback
async def test_an_open_filter_that_traps_is_passed_over(callback: str, instances: str) -> None:
    async with faulty(guest(CALLBACKS[callback]), instances=instances, on_error="open") as proxy:
        load = await proxy.load(post(b"hello"), post(b"hello", POISON))
        load.check_innocent()
        assert load.statuses == [200] * len(POISONERS)
        assert [each.body for each in load.poisoned if each] == [b"ok"] * len(POISONERS)
        assert set(proxy.traps()) == {"unreachable"}


@every_callback
async def test_a_shared_guest_that_trapped_is_replaced(callback: str) -> None:
    async with faulty(guest(CALLBACKS[callback])) as proxy:
        for _ in range(3):
            await proxy.ask(post(b"hello", POISON))
            answer = await proxy.ask(post(b"hello"))
            assert answer is not None
            assert answer.status == 200
        assert proxy.instances == 1


async def test_a_client_sees_nothing_of_what_went_wrong() -> None:
    async with faulty(guest(CALLBACKS["request_headers"])) as proxy:
        answer = await proxy.ask(get("/", POISON))
        assert answer is not None
        assert answer.status == 500
        assert answer.body == b"500 Internal Server Error\nid: %b\n" % (answer.get("x-request-id") or "").encode()


@pytest.mark.parametrize("callback", ["request_headers", "response_headers"])
async def test_requests_wait_while_a_guest_that_traps_often_is_replaced(callback: str) -> None:
    async with faulty(guest(CALLBACKS[callback])) as proxy:
        poisoners = range(0, 40, 5)
        assert len(poisoners) > REPLACING.free
        load = await proxy.load(poisoners=poisoners)
        load.check_innocent()
        assert load.statuses == [500] * len(poisoners)
        (await proxy.load(poison=get())).check_innocent()


async def test_guests_of_one_request_each_are_not_waited_for() -> None:
    async with faulty(guest(CALLBACKS["request_headers"]), instances="per_request") as proxy:
        load = await proxy.load(poisoners=range(0, CLIENTS, 2))
        load.check_innocent()
        assert proxy.traps() == {"unreachable": CLIENTS // 2}
        assert proxy.filter.guests.wait_s() == 0
