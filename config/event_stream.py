"""Server-sent events, read from the bytes of a stream (HTML Standard §9.2.6)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

_LINE_END: Final = re.compile(rb"\r\n|\n|\r(?!\Z)")
"""A CR at the end of a piece may be half of a CRLF."""


@dataclass(frozen=True, slots=True)
class Event:
    """`id` is None where the stream has not named one yet."""

    kind: str
    data: str
    id: str | None


class EventReader:
    def __init__(self) -> None:
        self._rest = b""
        self._kind, self._data = "", list[str]()
        self._id: str | None = None

    def feed(self, piece: bytes) -> Iterator[Event]:
        """Yield the events that a piece completes."""
        *lines, self._rest = _LINE_END.split(self._rest + piece)
        for line in lines:
            if line:
                self._take(line.decode("utf-8", "replace"))
            elif event := self._ended():
                yield event

    def _take(self, line: str) -> None:
        name, _, value = line.partition(":")
        value = value.removeprefix(" ")
        match name:
            case "event":
                self._kind = value
            case "data":
                self._data.append(value)
            case "id" if "\0" not in value:
                self._id = value

    def _ended(self) -> Event | None:
        """Return the event that an empty line ends, if it has any data."""
        kind, data = self._kind or "message", self._data
        self._kind, self._data = "", []
        return Event(kind, "\n".join(data), self._id) if data else None
