"""Attacks of our own collection: nearly all of each class are stopped, at the lowest paranoia level."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from kit import Proxy
from kit.waf import REFUSED, guarded, status_of
from kit.waf_attacks.placing import CLASSES, attacks
from kit.waf_site.serving import playhouse

LEAST_SHARE = 0.95


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with playhouse() as site, Proxy(guarded(site)) as proxy:
        yield proxy


@pytest.mark.parametrize("kind", [*CLASSES, "messages"])
async def test_attacks_are_stopped(proxy: Proxy, kind: str) -> None:
    sent = list(attacks(kind))
    passed = [each.name for each in sent if await status_of(proxy.address, each) not in REFUSED]
    assert len(passed) <= (1 - LEAST_SHARE) * len(sent), f"{len(passed)} of {len(sent)} passed: {passed}"


def test_no_attack_is_listed_twice() -> None:
    names = [each.name for kind in (*CLASSES, "messages") for each in attacks(kind)]
    assert len(set(names)) == len(names)
