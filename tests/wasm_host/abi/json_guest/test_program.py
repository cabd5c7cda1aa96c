"""json guests as functions: three forms, what they import, and answers that lie anywhere."""

from __future__ import annotations

import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kit.exchanges import Pieces, make_exchange
from kit.json_guests import ECHO, answering, called, echoed, function, narrow, packed, said

from proxy.errors import BodyTooLarge, GuestTimeout, GuestTrap
from proxy.exchange import Exchange
from proxy.metrics import Registry
from wasm_host.handover import BadAnswer
from wasm_host.memory import OutOfBounds

HELLO = json.dumps({"status": 200, "headers": {}, "body": "hello"}).encode()
PAIR = f'(data (i32.const 256) "\\00\\10\\00\\00\\{len(HELLO):02x}\\00\\00\\00")' + said(HELLO)
"""What the form pointer points to: SAID_AT, and the length."""


def posting(body: bytes, *fields: tuple[str, str]) -> Exchange:
    exchange = make_exchange("POST", "/hello?a=b", fields)
    exchange.request.body = Pieces(body[:3], body[3:])
    return exchange


# -- forms


async def test_a_packed_answer_is_place_and_length() -> None:
    response = (await called(answering({"status": 201, "body": "hello"}))).response()
    assert (response.status, response.body) == (201, b"hello")


async def test_a_pointer_leads_to_place_and_length() -> None:
    response = (await called(narrow("(i32.const 256)", PAIR))).response()
    assert (response.status, response.body) == (200, b"hello")


async def test_one_and_nought_are_decisions() -> None:
    for name in ("handle_request", "validate_login"):
        assert not (await called(narrow("(i32.const 1)", name=name))).is_answer
        assert (await called(narrow("(i32.const 0)", name=name))).response().status == 403


async def test_who_says_yes_where_a_route_ends_answers_200() -> None:
    response = (await called(narrow("(i32.const 1)"), form="call")).response()
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("verdict", [2, -1, 256])
async def test_a_decision_that_is_neither_yes_nor_no_lets_nobody_through(verdict: int) -> None:
    with pytest.raises(BadAnswer):
        await called(narrow(f"(i32.const {verdict})", PAIR), form="call")


@pytest.mark.parametrize("pointer", [0, 1])
async def test_a_pointer_where_one_is_sure_is_no_decision(pointer: int) -> None:
    with pytest.raises(BadAnswer):
        await called(narrow(f"(i32.const {pointer})"), form="pointer")


# -- what it is handed


async def test_it_is_handed_the_request() -> None:
    said = await echoed(posting(b'{"name":"X"}', ("Content-Type", "application/json")))
    assert (said["method"], said["path"], said["query"], said["body"]) == ("POST", "/hello", "a=b", {"name": "X"})


async def test_it_is_handed_the_body_alone_where_that_is_asked_for() -> None:
    assert await echoed(posting(b'{"name":"X"}'), body_only=True) == {"name": "X"}


async def test_a_body_over_the_limit_is_refused() -> None:
    with pytest.raises(BodyTooLarge):
        await called(packed(ECHO), posting(b"x" * 20), limits={"request_bytes": 10})


async def test_each_call_meets_a_guest_of_its_own() -> None:
    once = "(if (global.get $seen) (then unreachable)) (global.set $seen (i32.const 1))" + ECHO
    made = function(packed(once, "(global $seen (mut i32) (i32.const 0))"))
    for _ in range(3):
        assert (await made.call(make_exchange())).response().status == 200


# -- failures


@pytest.mark.parametrize(
    "wat",
    [
        packed("unreachable"),
        packed("(call $pack (i32.const -2) (i32.const 1))"),
        packed("(call $pack (i32.const 262143) (i32.const 2))"),
        packed("(call $pack (i32.const 0) (i32.const -1))"),
        packed("(call $pack (i32.const 0) (i32.const 0))"),
        narrow("(i32.const -2)"),
        narrow("(i32.const 262140)"),
        narrow("(i32.const 256)", '(data (i32.const 256) "\\ff\\ff\\ff\\ff\\02\\00\\00\\00")'),
        narrow("(i32.const 256)", '(data (i32.const 256) "\\00\\10\\00\\00\\ff\\ff\\ff\\ff")'),
        answering(b"hello"),
        answering({"status": 1, "body": ""}),
    ],
)
async def test_a_guest_that_fails_fails_its_call_alone(wat: str) -> None:
    registry = Registry()
    with pytest.raises(GuestTrap):
        await called(wat, registry=registry)
    assert sum(value for _, value in registry.wasm_traps.samples()) == 1  # type: ignore[misc]


async def test_one_that_spins_is_ended() -> None:
    with pytest.raises(GuestTimeout):
        await called(packed("(loop $for_ever (br $for_ever)) (i64.const 0)"), limits={"cpu_s": 0.02})


async def test_an_answer_over_the_limit_is_refused_before_it_is_read() -> None:
    with pytest.raises(BadAnswer, match="10 is the most"):
        await called(answering({"status": 200, "body": "hello"}), limits={"response_bytes": 10})


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, 2**64 - 1) | st.integers(0, 300_000), st.binary(max_size=64))
async def test_no_packed_answer_does_harm(result: int, data: bytes) -> None:
    with pytest.raises((BadAnswer, OutOfBounds)):
        await called(packed(f"(i64.const {result})", said(b"\xff" + data)))


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(2, 2**32 - 1) | st.integers(2, 300_000), st.binary(max_size=64))
async def test_no_pointer_does_harm(result: int, data: bytes) -> None:
    with pytest.raises((BadAnswer, OutOfBounds)):
        await called(narrow(f"(i32.const {result})", said(b"\xff" + data)))
