"""Answers that give something away are withheld; those that only speak of such things are not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from kit import Proxy
from kit.waf import Sent, guarded, status_of
from kit.waf_attacks.answers import Given, answers
from kit.waf_site.serving import serving

GIVEN = {given.name: given for leaks in (True, False) for given in answers(leaks=leaks)}


async def _give(request: web.Request) -> web.Response:
    given = GIVEN[request.match_info["name"]]
    content_type = f"{given.kind}; charset=utf-8"
    return web.Response(status=given.status, body=given.body.encode(), headers={"content-type": content_type})


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    app = web.Application()
    app.router.add_get("/answers/{name}", _give)
    async with serving(app) as origin, Proxy(guarded(origin)) as proxy:
        yield proxy


def asking_for(given: Given) -> Sent:
    return Sent(given.name, "GET", f"/answers/{given.name}", (("User-Agent", "curl/8.10.1"), ("Accept", "*/*")))


async def test_leaks_are_withheld(proxy: Proxy) -> None:
    passed = [each.name for each in answers(leaks=True) if await status_of(proxy.address, asking_for(each)) != 403]
    assert passed == []


async def test_talk_of_leaks_passes(proxy: Proxy) -> None:
    given = list(answers(leaks=False))
    withheld = [each.name for each in given if await status_of(proxy.address, asking_for(each)) != each.status]
    assert withheld == []
