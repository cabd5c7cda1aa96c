"""Bot detectors in a chain: what becomes of each verdict, and that nobody gets by one that fails."""

from __future__ import annotations

import logging
from typing import Any

import pytest
from kit.exchanges import make_exchange
from kit.judges import ALLOCATOR, bot_filter, detecting, knowing

from proxy.chain import Chain
from proxy.errors import GuestError
from proxy.exchange import Exchange
from proxy.hook import OnError, Step
from proxy.messages import Response
from proxy.metrics import Registry
from wasm_host.abi.bot_detector.challenge import Challenge
from wasm_host.abi.bot_detector.filter import MOST_REMEMBERED, BotDetectorFilter
from wasm_host.abi.bot_detector.policy import Policy

BOT = "Crawler/1.0 (+https://crawler.example)"
CHALLENGE = Challenge(b"a key of some length", 60)


def policy(field: str | None = None, **actions: Any) -> Policy:
    return Policy({"human": "allow", "known_bot": "block", "suspicious": "log", **actions}, field, CHALLENGE)


def agent(name: str, *more: tuple[str, str]) -> Exchange:
    return make_exchange(fields=[("User-Agent", name), *more])


async def answered(filter: BotDetectorFilter, exchange: Exchange, on_error: OnError = "closed") -> Response | None:
    return await Chain([Step(filter, on_error=on_error)]).request(exchange)


async def test_humans_go_on_and_nothing_is_said_of_them() -> None:
    exchange = agent("Mozilla/5.0")
    assert await answered(bot_filter(knowing("Crawler"), policy()), exchange) is None
    assert not exchange.decided


async def test_a_known_bot_is_blocked() -> None:
    registry, exchange = Registry(), agent(BOT)
    response = await answered(bot_filter(knowing("Crawler"), policy(), registry), exchange)
    assert response is not None
    assert response.status == 403
    assert (exchange.answered_by, exchange.reason) == ("it", "known_bot")
    assert registry.bot_verdicts.samples() == [(["it", "known_bot", "block"], 1)]


@pytest.mark.parametrize("number", [2, 3, -1])
async def test_what_is_suspicious_is_logged(number: int, caplog: pytest.LogCaptureFixture) -> None:
    exchange = agent(BOT)
    with caplog.at_level(logging.INFO, "penstock.wasm"):
        assert await answered(bot_filter(knowing("Crawler", number), policy()), exchange) is None
    assert f"suspicious log {BOT}" in caplog.text
    assert (exchange.decisions[0].action, exchange.decisions[0].reason) == ("log", "suspicious")


async def test_a_known_bot_may_be_let_through() -> None:
    exchange = agent(BOT)
    assert await answered(bot_filter(knowing("Crawler"), policy(known_bot="allow")), exchange) is None
    assert exchange.decisions[0].reason == "known_bot"


async def test_who_is_challenged_passes_with_the_cookie() -> None:
    registry = Registry()
    filter = bot_filter(knowing("Crawler"), policy(known_bot="challenge"), registry)
    response = await answered(filter, agent(BOT))
    assert response is not None
    cookie = response.headers["Set-Cookie"].partition(";")[0]
    assert await answered(filter, agent(BOT, ("Cookie", cookie))) is None
    assert {labels[2]: value for labels, value in registry.bot_verdicts.samples()} == {"challenge": 1, "allow": 1}


async def test_the_origin_is_told_and_not_by_the_client() -> None:
    exchange = agent(BOT, ("X-Bot", "human"), ("x-bot", "human"))
    await answered(bot_filter(knowing("Crawler"), policy("X-Bot", known_bot="log")), exchange)
    assert exchange.request.headers.getall("X-Bot") == ["known_bot"]


async def test_a_guest_that_fails_tells_the_origin_nothing() -> None:
    exchange = agent(BOT, ("X-Bot", "human"))
    await answered(bot_filter(detecting("unreachable"), policy("X-Bot")), exchange, on_error="open")
    assert "X-Bot" not in exchange.request.headers


async def test_all_lines_of_the_user_agent_are_seen() -> None:
    exchange = agent("Mozilla/5.0", ("user-agent", BOT))
    assert await answered(bot_filter(knowing("Crawler"), policy()), exchange) is not None


async def test_one_without_a_user_agent_is_asked_about_too() -> None:
    none_given = detecting("(i32.eqz (local.get 1))")
    assert await answered(bot_filter(none_given, policy()), make_exchange()) is not None


async def test_bytes_that_are_no_utf_8_come_as_utf_8() -> None:
    exchange = make_exchange()
    exchange.request.headers.lines.append(b"User-Agent: Crawler\xff")
    assert await answered(bot_filter(knowing("Crawler\ufffd"), policy()), exchange) is not None


async def test_the_same_user_agent_is_asked_about_once() -> None:
    registry = Registry()
    filter = bot_filter(knowing("Crawler"), policy(), registry)
    await answered(filter, agent(BOT))
    filter.guests.take = None  # type: ignore[assignment, method-assign]
    assert await answered(filter, agent(BOT)) is not None


async def test_so_many_are_remembered() -> None:
    filter = bot_filter(knowing("Crawler"), policy())
    filter._known.update({b"%d" % number: "human" for number in range(MOST_REMEMBERED)})
    await answered(filter, agent(BOT))
    assert len(filter._known) == 1


async def test_another_module_is_asked_anew() -> None:
    filter = bot_filter(knowing("Crawler"), policy())
    assert await answered(filter, agent(BOT)) is not None
    filter.swap(bot_filter(knowing("nobody"), policy()).program)
    assert await answered(filter, agent(BOT)) is None


async def test_a_module_may_have_a_deallocator() -> None:
    wat = knowing("Crawler") + '(func (export "dealloc") (param i32 i32) unreachable)'
    assert await answered(bot_filter(wat, policy()), agent(BOT)) is not None


@pytest.mark.parametrize(
    "wat",
    [
        detecting("unreachable"),
        detecting("(loop $for_ever (br $for_ever)) (i32.const 0)"),
        knowing("Crawler").replace(ALLOCATOR, ALLOCATOR.replace("(i32.const 65536))\n", "(i32.const -1))\n")),
    ],
    ids=["traps", "spins", "points elsewhere"],
)
async def test_nobody_gets_by_one_that_fails(wat: str) -> None:
    registry = Registry()
    with pytest.raises(GuestError):
        await answered(bot_filter(wat, policy(), registry, call_time_s=0.01), agent(BOT))
    assert registry.bot_verdicts.samples() == []
    assert sum(value for _, value in registry.wasm_traps.samples()) == 1  # type: ignore[misc]
