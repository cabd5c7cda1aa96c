"""What visitors and programs sent to a real site, recorded: nothing of it is refused."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from kit import Proxy
from kit.waf import guarded, requests_in, status_of
from kit.waf_site.record import RECORDED
from kit.waf_site.serving import playhouse

RECORDINGS = sorted(RECORDED.glob("*.jsonl"))


@pytest.fixture
async def proxy() -> AsyncIterator[Proxy]:
    async with playhouse() as site, Proxy(guarded(site)) as proxy:
        yield proxy


@pytest.mark.parametrize("recording", RECORDINGS, ids=lambda path: path.stem)
async def test_nothing_recorded_is_refused(proxy: Proxy, recording: Path) -> None:
    refused = [
        sent.name for sent in requests_in(recording) if await status_of(proxy.address, sent) in {400, 403, 413, 501}
    ]
    assert refused == []


def test_some_hundred_different_requests_are_recorded() -> None:
    sent = [(each.method, each.target, each.headers, each.body) for file in RECORDINGS for each in requests_in(file)]
    assert len(set(sent)) == len(sent) > 400
