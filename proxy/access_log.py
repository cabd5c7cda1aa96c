"""The access log: one JSON line an exchange."""

from __future__ import annotations

from proxy.exchange import Exchange
from proxy.line_log import LineLog
from proxy.log_fields import line_maker
from proxy.metrics import Cell


class AccessLog(LineLog):
    """Made with the fields' names in the order wanted; raises KeyError for one that proxy/log_fields.py has not."""

    def __init__(self, path: str, fields: tuple[str, ...], dropped: Cell) -> None:
        self._line = line_maker(fields)
        super().__init__(path, "access log", dropped)

    def write(self, exchange: Exchange) -> None:
        self.add(self._line(exchange))
