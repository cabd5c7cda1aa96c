"""WAF modules in a chain: what blocks, what is told, and that nothing gets by one that fails."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.exchanges import Pieces, make_exchange
from kit.judges import ANSWERS, BLOCKING, CLEAN, analyzing, answer, blocking_at, saying, waf_filter
from kit.wat import WatGuest

from proxy.body import collect
from proxy.chain import Chain
from proxy.errors import BodyTooLarge, GuestError, GuestTimeout, GuestTrap
from proxy.exchange import Exchange
from proxy.filtered_body import AnsweredInBody
from proxy.hook import OnError, Step
from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.abi.waf_module.analysis import read_analysis
from wasm_host.abi.waf_module.filter import WafModuleFilter
from wasm_host.handover import BadAnswer
from wasm_host.memory import OutOfBounds


async def passed(filter: WafModuleFilter, exchange: Exchange, on_error: OnError = "closed") -> Response | None:
    """Take an exchange through the request's half of a chain, and to its end; returns what the filter answers.

    What goes to the origin of its body is collected.
    """
    chain = Chain([Step(filter, on_error=on_error)])
    try:
        response = await chain.request(exchange)
        if response is None and exchange.request.body is not None:
            await chain.wrap_request_body(exchange)
            exchange.request.body = await collect(exchange.request.body, 1_000_000)
        return response
    except AnsweredInBody as answered:
        return answered.response
    finally:
        chain.complete(exchange)


def uploading(*pieces: bytes, length: int | None = None) -> Exchange:
    exchange = make_exchange("POST", "/orders")
    exchange.request.body = Pieces(*pieces, length=length)
    return exchange


@contextmanager
def counted(registry: Registry, **outcomes: int) -> Iterator[None]:
    yield
    found = {labels[2]: value for labels, value in registry.waf_requests.samples()}
    assert found == outcomes


# -- what it sees


@pytest.mark.parametrize("target", ["/?q=' or 1=1".replace(" ", "%20"), "/?q=%27%20or%201%3D1", "/%27%20or%201=1"])
async def test_what_lies_in_path_or_query_is_found_however_it_is_encoded(target: str) -> None:
    response = await passed(waf_filter(blocking_at("' or 1=1")), make_exchange(target=target))
    assert response is not None
    assert response.status == 403


async def test_what_was_encoded_is_found_by_that_too() -> None:
    assert await passed(waf_filter(blocking_at("%2e%2e")), make_exchange(target="/?f=%2e%2e/x")) is not None


async def test_the_body_is_seen() -> None:
    exchange = uploading(b"name=<scr", b"ipt>")
    assert await passed(waf_filter(blocking_at("<script>")), exchange) is not None


async def test_fields_are_seen() -> None:
    exchange = make_exchange(fields=[("User-Agent", "sqlmap/1.0")])
    assert await passed(waf_filter(blocking_at("sqlmap")), exchange) is not None


async def test_a_harmless_body_goes_on_as_it_came() -> None:
    exchange = uploading(b"name=", b"Ada")
    assert await passed(waf_filter(blocking_at("<script>")), exchange) is None
    assert exchange.request.body == b"name=Ada"


async def test_no_body_is_still_no_body() -> None:
    exchange = make_exchange()
    assert await passed(waf_filter(saying(CLEAN)), exchange) is None
    assert exchange.request.body is None


async def test_each_question_meets_a_guest_of_its_own() -> None:
    code = f"(if (global.get $seen) (then unreachable)) (global.set $seen (i32.const 1)) {ANSWERS}"
    filter = waf_filter(analyzing(code, more="(global $seen (mut i32) (i32.const 0))"))
    for _ in range(3):
        assert await passed(filter, make_exchange(target="/%41?a+b")) is None


# -- what comes of it


async def test_a_match_is_in_decisions_log_and_metrics(caplog: pytest.LogCaptureFixture) -> None:
    registry, exchange = Registry(), make_exchange(target="/?evil")
    with counted(registry, blocked=1), caplog.at_level(logging.INFO, "penstock.wasm"):
        response = await passed(waf_filter(blocking_at("evil"), registry), exchange)
    assert response is not None
    assert (exchange.answered_by, exchange.reason) == ("it", "waf")
    assert exchange.decisions[0].detail == "rule 942100 (SQL injection) in URI"
    assert exchange.firewall is not None
    assert exchange.firewall.rules == (942100,)
    assert registry.waf_rule_matches.samples() == [(["it", "942100"], 1)]
    assert f"{exchange.id}: blocked: rule 942100" in caplog.text


async def test_the_answer_tells_nothing_of_the_rule() -> None:
    response = await passed(waf_filter(saying(BLOCKING)), make_exchange())
    assert response is not None
    assert b"942100" not in bytes(response.body)  # type: ignore[arg-type]


async def test_a_match_that_does_not_block_is_told() -> None:
    registry, exchange = Registry(), make_exchange()
    with counted(registry, passed=1):
        assert await passed(waf_filter(saying({**BLOCKING, "blocked": False}), registry), exchange) is None
    assert exchange.decisions[0].action == "match"


async def test_what_is_not_enforced_goes_on() -> None:
    registry, exchange = Registry(), make_exchange()
    with counted(registry, detected=1):
        assert await passed(waf_filter(saying(BLOCKING), registry, enforced=False), exchange) is None
    assert exchange.decisions[0].action == "detect"


async def test_a_graver_finding_of_another_firewall_stays() -> None:
    exchange = make_exchange()
    await passed(waf_filter(saying(BLOCKING)), exchange)
    before = exchange.firewall
    await passed(waf_filter(saying({**BLOCKING, "blocked": False})), exchange)
    assert exchange.firewall is before


async def test_what_the_module_logs_is_in_the_log(caplog: pytest.LogCaptureFixture) -> None:
    lines = ("(i32.const 0) (i32.const 5)", "(i32.const 8) (i32.const 65537)", "(i32.const 8) (i32.const 5)")
    wat = analyzing(
        "".join(f"(call $log {line})" for line in lines) + ANSWERS,
        more='(data (i32.const 8) "hello")',
        imports='(import "env" "log" (func $log (param i32 i32)))',
    )
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        await passed(waf_filter(wat), make_exchange())
    assert [record.getMessage() for record in caplog.records] == ["it: hello"]


# -- bodies over the limit


async def test_a_body_over_the_limit_is_refused() -> None:
    registry = Registry()
    with counted(registry, overflow=1), pytest.raises(BodyTooLarge):
        await passed(waf_filter(saying(CLEAN), registry, body_bytes=8), uploading(b"12345", b"6789"))


async def test_one_that_says_so_is_refused_before_it_comes_even_where_failures_pass() -> None:
    filter = waf_filter(saying(CLEAN), body_bytes=8)
    with pytest.raises(BodyTooLarge):
        await passed(filter, uploading(b"123456789", length=9), on_error="open")


@pytest.mark.parametrize(("overflow", "needle"), [("truncate", '"body":"12345678"'), ("skip", '"body":""')])
async def test_a_longer_body_goes_on_where_that_is_asked_for(overflow: str, needle: str) -> None:
    filter = waf_filter(blocking_at(needle), enforced=False, body_bytes=8, on_body_overflow=overflow)
    exchange = uploading(b"12345", b"6789", b"abc")
    assert await passed(filter, exchange) is None
    assert exchange.firewall is not None
    assert exchange.request.body == b"123456789abc"


# -- failures: nothing gets by them


def allocating(code: str) -> str:
    return f"""
        (memory (export "memory") 1) (func (export "alloc") (param i32) (result i32) {code})
        (func (export "analyze_request") (param i32 i32) (result i32) unreachable)"""


LAST_BYTES = "(i32.sub (i32.mul (memory.size) (i32.const 65536)) (i32.const 2))"
WILD = {
    "it traps": analyzing("unreachable"),
    "its answer lies outside": analyzing("(i32.const -2)"),
    "the length of its answer lies at the end": analyzing(LAST_BYTES),
    "its answer is longer than its memory": analyzing("(i32.store (i32.const 64) (i32.const 99999)) (i32.const 64)"),
    "its answer is 4 GiB long": analyzing("(i32.store (i32.const 64) (i32.const -1)) (i32.const 64)"),
    "its answer is no JSON": saying(b"blocked"),
    "its answer lacks a key": saying({"blocked": False, "matches": []}),
    "its allocator has no room": allocating("(i32.const 0)"),
    "its allocator points elsewhere": allocating("(i32.const -8)"),
    "its allocator traps": allocating("unreachable"),
}


@pytest.mark.parametrize("wat", WILD.values(), ids=WILD)
async def test_a_request_does_not_get_through_by_a_failure(wat: str) -> None:
    registry = Registry()
    with counted(registry, failed=1), pytest.raises(GuestError):
        await passed(waf_filter(wat, registry), make_exchange())


@pytest.mark.parametrize("wat", WILD.values(), ids=WILD)
async def test_where_failures_pass_a_body_goes_on_whole(wat: str) -> None:
    exchange = uploading(b"name=", b"Ada")
    assert await passed(waf_filter(wat), exchange, on_error="open") is None
    assert exchange.request.body == b"name=Ada"


async def test_one_that_spins_is_ended_and_others_are_served_meanwhile() -> None:
    spinning = waf_filter(analyzing("(loop $for_ever (br $for_ever)) (i32.const 0)"), call_time_s=0.1)
    spun = asyncio.create_task(passed(spinning, make_exchange()))
    await asyncio.sleep(0)
    assert await passed(waf_filter(saying(CLEAN)), make_exchange()) is None
    assert not spun.done()
    with pytest.raises(GuestTimeout):
        await spun


async def test_many_timeouts_quarantine_nobody() -> None:
    spins = "(if (i32.gt_u (local.get 1) (i32.const 200)) (then (loop $for_ever (br $for_ever))))"
    wat = analyzing(spins + ANSWERS)
    filter = waf_filter(wat, call_time_s=0.01)
    for _ in range(5):
        with pytest.raises(GuestTimeout):
            await passed(filter, make_exchange(target="/" + "a" * 300))
    assert await passed(filter, make_exchange()) is None


async def test_memory_is_bounded() -> None:
    filter = waf_filter(saying(CLEAN), memory_bytes=256 * 1024)
    with pytest.raises(GuestError):
        await passed(filter, uploading(b"a" * 300_000))


async def test_no_guest_is_left_behind() -> None:
    registry = Registry()
    await passed(waf_filter(saying(CLEAN), registry), make_exchange())
    with pytest.raises(GuestTrap):
        await passed(waf_filter(analyzing("unreachable"), registry), make_exchange())
    assert registry.wasm_instances.samples() == [(["it"], 0)]
    assert registry.wasm_traps.samples() == [(["it", "unreachable"], 1)]


# -- any answer at all

GUEST = '(memory (export "memory") 1) (func (export "size") (result i32) (memory.size))'


@settings(max_examples=200)
@given(st.binary(max_size=200), st.integers(0, 2**32 - 1) | st.integers(0, 70000), st.integers(0, 65000))
def test_no_answer_does_harm(data: bytes, place: int, at: int) -> None:
    guest = WatGuest(GUEST)
    try:
        guest.memory.write(at, answer(data) if at % 2 else data)
        with pytest.raises((BadAnswer, OutOfBounds)):
            read_analysis(guest.memory, place)
    finally:
        guest.instance.close()
