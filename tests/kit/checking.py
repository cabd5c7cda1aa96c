"""The type of the fixture `checked`: from a configuration's text to what is found in it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from config.load import Report


class Checking(Protocol):
    def __call__(self, text: str, environ: Mapping[str, str] | None = None) -> Report: ...
