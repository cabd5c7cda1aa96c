"""A visitor in Chromium uses the whole site through the firewall, and no rule minds."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit import Proxy
from kit.chromium import Chromium
from kit.waf import guarded
from kit.waf_site.browsing import Visitor
from kit.waf_site.serving import playhouse

pytestmark = pytest.mark.browser


async def test_a_visitor_is_never_refused(tmp_path: Path) -> None:
    log, files = tmp_path / "audit.jsonl", tmp_path / "files"
    files.mkdir()
    async with playhouse() as site, Proxy(guarded(site, audit_log=str(log))) as proxy:
        async with Chromium(tmp_path / "profile") as chromium:
            page = await chromium.open(proxy.url())
            await Visitor(page, proxy.url(""), files).visit()
        refused = [line for line in log.read_text().splitlines() if '"action":"blocked"' in line]
    assert refused == []
