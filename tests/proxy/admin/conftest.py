"""An admin for everybody of this machine."""

from __future__ import annotations

import pathlib
from collections.abc import AsyncIterator

import pytest
from kit.admin import Visitor, visiting


@pytest.fixture
async def visitor(tmp_path: pathlib.Path) -> AsyncIterator[Visitor]:
    async with visiting(tmp_path) as visitor:
        yield visitor
