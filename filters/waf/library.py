"""The rules that are added to every rule set."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

from filters.waf.rule import Source
from filters.waf.seclang.reader import read

BASE: Final = Path(__file__).with_name("base.conf")


def read_on_base(paths: Sequence[Path]) -> Source:
    """Read files and directories behind what holds for every rule set; raises SecLangErrors."""
    return read([BASE, *paths])
