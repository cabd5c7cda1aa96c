"""The cookie that a browser comes back with: made for one client, and for a while."""

from __future__ import annotations

import pytest
from kit.exchanges import make_exchange

from proxy.exchange import Exchange
from proxy.runtime import wall_clock
from wasm_host.abi.bot_detector import challenge as module
from wasm_host.abi.bot_detector.challenge import COOKIE, Challenge

CHALLENGE = Challenge(b"a key of some length", 60)


def asking(
    *fields: tuple[str, str], client: str = "192.0.2.1", agent: str = "Browser/1", scheme: str = "http"
) -> Exchange:
    return make_exchange(fields=[("User-Agent", agent), *fields], client=client, scheme=scheme)


def cookie_of(exchange: Exchange, challenge: Challenge = CHALLENGE) -> tuple[str, str]:
    value = challenge.page(exchange).headers["Set-Cookie"]
    return "Cookie", f"theme=dark; {value.partition(';')[0]}"


def test_who_has_no_cookie_has_not_passed() -> None:
    assert not CHALLENGE.passed(asking())


def test_who_comes_back_with_the_cookie_has_passed() -> None:
    assert CHALLENGE.passed(asking(cookie_of(asking())))


@pytest.mark.parametrize(
    "other", [asking(client="192.0.2.2"), asking(agent="Browser/2"), asking(agent="")], ids=["address", "agent", "none"]
)
def test_a_cookie_is_good_for_the_client_that_got_it(other: Exchange) -> None:
    assert not CHALLENGE.passed(asking(cookie_of(other)))


def test_a_cookie_of_another_key_is_not_good() -> None:
    assert not CHALLENGE.passed(asking(cookie_of(asking(), Challenge(b"another key, not ours", 60))))


def test_a_cookie_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    cookie = cookie_of(asking())
    monkeypatch.setattr(module, "wall_clock", lambda: wall_clock() + 61)
    assert not CHALLENGE.passed(asking(cookie))


def test_its_end_cannot_be_put_off() -> None:
    name, value = cookie_of(asking())
    until, _, seal = value.partition(f"{COOKIE}=")[2].partition(".")
    assert not CHALLENGE.passed(asking((name, f"{COOKIE}={int(until) + 1}.{seal}")))


@pytest.mark.parametrize("value", ["", ".", "1", "x.y", "99999999999999999999.a", "9999999999.", "-1.a", "\u00b2.a"])
def test_other_values_are_no_cookies_of_ours(value: str) -> None:
    assert not CHALLENGE.passed(asking(("Cookie", f"{COOKIE}={value}")))


def test_the_page_comes_again_by_itself_and_is_not_kept() -> None:
    page = CHALLENGE.page(asking())
    assert page.status == 403
    assert page.headers["Cache-Control"] == "no-store"
    assert b'http-equiv="refresh"' in bytes(page.body)  # type: ignore[arg-type]


def test_over_tls_the_cookie_stays_there() -> None:
    assert CHALLENGE.page(asking(scheme="https")).headers["Set-Cookie"].endswith("; Secure")
    assert "Secure" not in CHALLENGE.page(asking()).headers["Set-Cookie"]


def test_the_key_is_not_shown() -> None:
    assert "some length" not in repr(CHALLENGE)
