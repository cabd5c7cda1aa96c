"""The admin's front page in headless Chromium: its policy lets it look as it should, and its links lead somewhere."""

from __future__ import annotations

from pathlib import Path

import pytest
from kit.admin import visiting
from kit.chromium import Chromium

pytestmark = pytest.mark.browser


async def test_it_is_shown_with_its_style_and_without_a_complaint(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor, Chromium(tmp_path / "profile") as chromium:
        page = await chromium.open(visitor.url + "/")
        assert await page.text("h1") == "Penstock"
        assert "Configuration 1 runs" in await page.text("body")
        assert await page.run("getComputedStyle(document.querySelector('table')).borderCollapse") == "collapse"
        assert page.complaints == []


async def test_every_link_leads_to_a_page(tmp_path: Path) -> None:
    async with visiting(tmp_path) as visitor, Chromium(tmp_path / "profile") as chromium:
        page = await chromium.open(visitor.url + "/")
        links = await page.run("[...document.querySelectorAll('a')].map(link => link.getAttribute('href'))")
        assert "/openapi.json" in links
        for link in links:
            async with visitor.session.get(visitor.url + link) as response:
                assert response.status == 200
