"""Checks a configuration as if it stood in an empty directory."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping

import pytest
from kit.checking import Checking

from config.load import Report, check


@pytest.fixture
def checked(tmp_path: pathlib.Path) -> Checking:
    def checking(text: str, environ: Mapping[str, str] | None = None) -> Report:
        return check(text, tmp_path, environ or {})

    return checking
