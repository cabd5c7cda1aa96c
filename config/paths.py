"""Where a value stands in the configuration: `routes[2].filters[0]`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

_PLAIN = re.compile(r"[A-Za-z0-9_-]+")


class Path(tuple[str | int, ...]):
    """Keys and list indexes from the root; `path / step` goes down."""

    __slots__ = ()

    def __truediv__(self, step: str | int) -> Path:
        return Path((*self, step))

    def __getitem__(self, at: Any) -> Any:
        found = super().__getitem__(at)
        return Path(found) if isinstance(at, slice) else found

    def spelled(self) -> str:
        """Write it as error messages do; a key that is no plain word is quoted, so that nothing can forge a path."""
        spelling = ""
        for step in self:
            if isinstance(step, int):
                spelling += f"[{step}]"
            elif _PLAIN.fullmatch(step):
                spelling += f".{step}" if spelling else step
            else:
                spelling += f"[{json.dumps(step)}]"
        return spelling


def at(data: Any, path: Path) -> Any:
    """Return the value at a path that exists."""
    for step in path:
        data = data[step]
    return data


ROOT = Path()


def walk(data: Any, path: Path = ROOT) -> Iterator[tuple[Path, Any]]:
    """Yield `(path, value)` of a tree, parents first."""
    yield path, data
    if isinstance(data, dict):
        for key, value in data.items():
            yield from walk(value, path / key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from walk(value, path / index)
