"""What became of each exchange, as a filter sees it at the end."""

from __future__ import annotations

from proxy.exchange import Exchange
from proxy.filter import Filter


class Notes(Filter):
    """Keeps every exchange that was completed."""

    name = "notes"

    def __init__(self) -> None:
        self.exchanges: list[Exchange] = []

    def on_complete(self, exchange: Exchange) -> None:
        self.exchanges.append(exchange)

    @property
    def reasons(self) -> list[tuple[str, str]]:
        """Return who answered each, and why."""
        return [(each.answered_by, each.reason) for each in self.exchanges]

    @property
    def attempts(self) -> list[int]:
        return [each.attempts for each in self.exchanges]
