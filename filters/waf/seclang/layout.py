"""Finds the rule files of a directory, in the order in which ModSecurity is to read them."""

from __future__ import annotations

import pathlib
from typing import Final

SETUPS: Final = ("crs-setup.conf", "crs-setup.conf.example")


def rule_files(directory: pathlib.Path) -> list[pathlib.Path]:
    """Return a directory's rule files; none if it has none.

    Debian's packages name theirs in one file `*.load`. Elsewhere CRS's settings come first, which may stand beside
    the rules or above them, then `rules/*.conf`, or else `*.conf`, by name.
    """
    loads = sorted(directory.glob("*.load"))
    if len(loads) == 1:
        return loads
    rules = sorted((directory / "rules").glob("*.conf")) or sorted(directory.glob("*.conf"))
    setup = _setup(directory)
    return setup + [rule for rule in rules if rule.name not in SETUPS]


def _setup(directory: pathlib.Path) -> list[pathlib.Path]:
    places = (directory, directory.absolute().parent)
    candidates = (place / name for name in SETUPS for place in places)
    return [path for path in candidates if path.is_file()][:1]
