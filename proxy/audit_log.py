"""The firewall's audit log: one JSON line for each exchange that it blocked, or would have blocked.

It tells what was asked, what the rules found and where, as far as the guest shows it. Queries, bodies, cookies and
other fields are never in it, but for the masked part that a rule found.
"""

from __future__ import annotations

import json
from dataclasses import asdict

from proxy.exchange import Exchange
from proxy.firewall import Judgement
from proxy.late_log import LateLog
from proxy.log_fields import line_maker
from proxy.metrics import Cell

_EXCHANGE = line_maker(("time", "id", "client", "listener", "route", "method", "host", "path", "status"))


class AuditLog(LateLog):
    """A file, shared by all filters of a worker that name it; opened before the first line, or by `open`."""

    def __init__(self, path: str, dropped: Cell) -> None:
        super().__init__(path, "audit log", dropped)

    def write(self, exchange: Exchange, judgement: Judgement) -> None:
        self.open().add(audit_line(exchange, judgement))


def audit_line(exchange: Exchange, judgement: Judgement) -> str:
    """Return the exchange as the access log tells it, and behind that the judgement."""
    of_exchange = _EXCHANGE(exchange).removesuffix("}\n")
    told = asdict(judgement)
    del told["status"]  # What the client got stands there already.
    of_judgement = json.dumps(told, separators=(",", ":")).removeprefix("{")
    return f"{of_exchange},{of_judgement}\n"
