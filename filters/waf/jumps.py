"""Where each rule stands in the blob, and where `skipAfter` leads."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator

from filters.waf.refusal import Refused
from filters.waf.rule import Marker, Rule
from filters.waf.selection import Selection


class Positions:
    """The indices of heads and markers, as rules and all that is chained to them follow each other."""

    def __init__(self, statements: Iterable[Rule | Marker]) -> None:
        self._heads: list[tuple[int, Rule]] = []
        self._markers: dict[str, list[int]] = {}
        index = 0
        for statement in statements:
            if isinstance(statement, Marker):
                self._markers.setdefault(statement.name, []).append(index)
            else:
                self._heads.append((index, statement))
                index += 1 + len(statement.chained)

    def heads(self) -> Iterator[tuple[int, Rule]]:
        """Yield each first rule of a chain with its index."""
        yield from self._heads

    def meant(self, selection: Selection) -> Iterator[int]:
        """Yield the indices of the heads that a selection means."""
        return (index for index, rule in self._heads if selection(rule))

    def behind(self, marker: str, index: int) -> int:
        """Return the index of the first rule behind the first such marker after the rule at `index`."""
        markers = self._markers.get(marker, [])
        after = bisect_right(markers, index)
        if after == len(markers):
            raise Refused(
                f"there is no SecMarker {marker!r} behind it for skipAfter; write one, or leave skipAfter out"
            )
        return markers[after]
