"""The example `cached-api`, as it is built."""

from __future__ import annotations

import pytest
from kit.edge import Failing, Shelf, Web
from kit.example_functions import Example, about, built, faults, field

from proxy.messages import Response
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.services import HttpAnswer, HttpAsk, Services

CONFIG = b'{"url": "https://api.example.com", "fresh_s": 5, "stale_s": 50}'


async def asked(shelf: object, web: object, target: str = "/items") -> Response:
    services = Services(cache=shelf, http=web)  # type: ignore[arg-type]
    return await Example("cached-api", services, config=CONFIG).answer("GET", target)


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("cached-api"), about("cached-api")) == {}


async def test_what_the_api_says_is_kept_with_its_type_and_asked_for_once() -> None:
    shelf, web = Shelf(later=True), Web()
    first, second = await asked(shelf, web, "/items?a=%20"), await asked(shelf, web, "/items?a=%20")
    assert [ask.url for ask in web.asked] == ["https://api.example.com/items?a=%20"]
    assert (field(first, "x-cache"), field(second, "x-cache")) == ("miss", "hit")
    assert first.body == second.body == b"GET https://api.example.com/items?a=%20"
    assert field(first, "content-type") == field(second, "content-type") == "text/plain"
    assert shelf.ttls == {b"fresh:/items?a=%20": 5, b"stale:/items?a=%20": 50}


@pytest.mark.parametrize("status", [None, 500, 503])
async def test_when_the_api_fails_an_old_answer_is_good_enough(status: int | None) -> None:
    async def broken(_: HttpAsk) -> HttpAnswer:
        if status is None:
            raise HostcallFailed("timeout", "too slow")
        return HttpAnswer(status, [], b"broken")

    shelf = Shelf()
    await asked(shelf, Web())
    del shelf.values[b"fresh:/items"]
    old, none = await asked(shelf, Web(broken)), await asked(shelf, Web(broken), "/others")
    assert (old.status, field(old, "x-cache"), old.body) == (200, "stale", b"GET https://api.example.com/items")
    assert none.status == 502


async def test_what_is_too_long_for_the_cache_is_answered_all_the_same() -> None:
    web, target = Web(), "/" + "x" * 300
    answers = [await asked(Shelf(), web, target) for _ in range(2)]
    assert [(answer.status, field(answer, "x-cache")) for answer in answers] == [(200, "miss")] * 2
    assert len(web.asked) == 2


async def test_while_the_cache_is_away_the_api_answers() -> None:
    away = Failing(HostcallFailed("unavailable", "away"), later=True)
    answer = await asked(away, Web())
    assert (answer.status, field(answer, "x-cache")) == (200, "miss")
