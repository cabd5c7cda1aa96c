"""Which rules matched, as nginx's error log tells it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

MATCHED: Final = re.compile(rb'ModSecurity: .*?\[id "(\d+)"\]')


class RuleLog:
    """Reads what was added to the log since it was last read; a request's lines are there before its answer ends."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._read_bytes = 0

    def take(self) -> tuple[int, ...]:
        """Return the rules that matched since the last call, each once."""
        with self._path.open("rb") as log:
            log.seek(self._read_bytes)
            added = log.read()
        self._read_bytes += len(added)
        return tuple(dict.fromkeys(int(found) for found in MATCHED.findall(added)))
