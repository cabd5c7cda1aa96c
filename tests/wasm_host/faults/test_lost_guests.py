"""Exchanges under way in a shared guest that another request breaks go on in the next guest."""

from __future__ import annotations

import asyncio
from typing import Final

import pytest
from kit.faults import POISON, FaultyProxy, faulty, guest
from kit.wire import Wire, get, post

from wasm_host.abi.proxy_wasm.stream import MOST_MOVES

HALF: Final = b"hello"
WHOLE: Final = HALF * 2
HEAD: Final = get("/", "Content-Length: 10", method="POST")

BREAKS: Final = """
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned) (then unreachable))
        (i32.const 0))
"""

LOOKS_AT_EACH_PIECE: Final = """
    (func (export "proxy_on_{side}_body") (param i32 i32 i32) (result i32) (i32.const 0))
"""

HOLDS_IT_ALL: Final = """
    (func (export "proxy_on_{side}_body") (param i32) (param $size i32) (param $ended i32) (result i32)
        (if (i32.eqz (local.get $ended)) (then (return (i32.const 1))))
        (if (i32.ne (local.get $size) (i32.const 10)) (then unreachable))
        (i32.const 0))
"""
"""Traps unless it has the whole body at its end."""

PAUSES_ONCE: Final = """
    (func $told (result i32)
        (if (i32.eqz (call $get_shared_data
                (i32.const 16) (i32.const 8) (i32.const 64) (i32.const 68) (i32.const 72)))
            (then (return (i32.const 0))))
        (drop (call $set_shared_data (i32.const 16) (i32.const 8) (i32.const 0) (i32.const 0) (i32.const 0)))
        (i32.const 1))
"""
"""Says to pause once, whichever guest asks; nothing but the loss of its guest ends that pause."""

PAUSES_AT: Final = {
    "request_headers": """
        (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32)
            (if (call $poisoned) (then unreachable))
            (call $told))""",
    "response_headers": BREAKS
    + """(func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32) (call $told))""",
    "request_body": BREAKS
    + """(func (export "proxy_on_request_body") (param i32 i32) (param $ended i32) (result i32)
        (if (i32.eqz (local.get $ended)) (then (return (i32.const 1))))
        (call $told))""",
    "response_body": BREAKS
    + """(func (export "proxy_on_response_body") (param i32 i32) (param $ended i32) (result i32)
        (if (i32.eqz (local.get $ended)) (then (return (i32.const 1))))
        (call $told))""",
}


async def break_it(proxy: FaultyProxy) -> None:
    before = sum(proxy.traps().values())
    await proxy.ask(get("/", POISON))
    assert sum(proxy.traps().values()) == before + 1


async def upload(proxy: FaultyProxy) -> Wire:
    """Send half a body."""
    wire = await proxy.connect()
    await wire.send(HEAD + HALF)
    return wire


BODIES: Final = {"looks at each piece": LOOKS_AT_EACH_PIECE, "holds it all": HOLDS_IT_ALL}


@pytest.mark.parametrize("hold_headers", [False, True])
@pytest.mark.parametrize("body", BODIES)
async def test_an_upload_goes_on(body: str, hold_headers: bool) -> None:
    bodies: list[bytes] = []

    async def origin(wire: Wire) -> None:
        while wire.ended is None:
            bodies.append((await wire.expect_message(within_s=60)).body)
            await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")

    code = BREAKS + BODIES[body].format(side="request")
    async with faulty(guest(code), script=origin, hold_headers=hold_headers) as proxy:
        wires = [await upload(proxy) for _ in range(20)]
        await break_it(proxy)
        for wire in wires:
            await wire.send(HALF)
            assert (await wire.expect_response(200)).body == b"ok"
        assert bodies == [WHOLE] * len(wires)
        assert proxy.traps() == {"unreachable": 1}


@pytest.mark.parametrize("body", BODIES)
async def test_a_download_goes_on(body: str) -> None:
    go_on = asyncio.Event()

    async def origin(wire: Wire) -> None:
        while wire.ended is None:
            request = await wire.expect_message(within_s=60)
            if request.target == "/half":
                await wire.send(b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n" + HALF)
                await go_on.wait()
                await wire.send(HALF)

    async with faulty(guest(BREAKS + BODIES[body].format(side="response")), script=origin) as proxy:
        wires = [await proxy.connect() for _ in range(20)]
        for wire in wires:
            await wire.send(get("/half"))
        await asyncio.sleep(0.1)
        await break_it(proxy)
        go_on.set()
        for wire in wires:
            assert (await wire.expect_response(200)).body == WHOLE
        assert proxy.traps() == {"unreachable": 1}


@pytest.mark.parametrize("moment", PAUSES_AT)
async def test_a_pause_goes_on_in_the_next_guest_with_the_same_question(moment: str) -> None:
    async with faulty(guest(PAUSES_ONCE + PAUSES_AT[moment])) as proxy:
        wire = await proxy.connect()
        await wire.send(post(HALF))
        await wire.expect_nothing()
        await break_it(proxy)
        assert (await wire.expect_response(200)).body == b"ok"


BREAKS_WHEN_WOKEN: Final = """
    (global $waiting (mut i32) (i32.const 0))
    (func (export "proxy_on_request_headers") (param $id i32) (param i32 i32) (result i32)
        (if (call $poisoned) (then (global.set $waiting (local.get $id)) (return (i32.const 1))))
        (if (i32.eqz (global.get $waiting)) (then (return (i32.const 0))))
        (drop (call $set_effective_context (global.get $waiting)))
        (drop (call $send_local_response (i32.const 200)
            (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const 0) (i32.const -1)))
        (i32.const 1))
    (func (export "proxy_on_response_headers") (param i32 i32 i32) (result i32)
        (if (call $poisoned) (then unreachable))
        (i32.const 0))
"""
"""Answers a poisoned request that waits from within the next one, which is to pause then; the answer breaks it."""


async def test_a_guest_that_breaks_between_a_callback_and_its_pause_leaves_nobody_waiting() -> None:
    async with faulty(guest(BREAKS_WHEN_WOKEN)) as proxy:
        wire = await proxy.connect()
        await wire.send(get("/", POISON))
        await wire.expect_nothing()
        other = await proxy.ask()
        assert other is not None
        assert (other.status, other.body) == (200, b"ok")
        await wire.expect_response(500)


BREAKS_BY_ITSELF: Final = """
    (func (export "proxy_on_configure") (param i32 i32) (result i32)
        (drop (call $set_tick_period_milliseconds (i32.const 20)))
        (i32.const 1))
    (func (export "proxy_on_tick") (param i32) unreachable)
    (func (export "proxy_on_request_headers") (param i32 i32 i32) (result i32) (i32.const 1))
"""


@pytest.mark.parametrize(("on_error", "status"), [("closed", 503), ("open", 200)])
async def test_a_request_does_not_wait_for_one_guest_after_the_other_for_ever(on_error: str, status: int) -> None:
    async with faulty(guest(BREAKS_BY_ITSELF), on_error=on_error) as proxy:
        found = await proxy.ask()
        assert found is not None
        assert found.status == status
        assert proxy.traps()["unreachable"] == MOST_MOVES + 1


TELLS_ALL: Final = """
    (func (export "proxy_on_log") (param i32) (drop (call $log (i32.const 2) (i32.const 16) (i32.const 8))))
"""


async def test_a_client_that_leaves_while_its_guest_is_gone_disturbs_nobody() -> None:
    async with faulty(guest(BREAKS + TELLS_ALL + LOOKS_AT_EACH_PIECE.format(side="request"))) as proxy:
        wires = [await upload(proxy) for _ in range(20)]
        await break_it(proxy)
        for wire in wires:
            wire.reset()
        (await proxy.load(poison=get())).check_innocent()
        assert proxy.instances == 1
        assert not proxy.filter.guests.take().streams
