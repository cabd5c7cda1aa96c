"""What a firewall did with each exchange: entered in the metrics, and in the audit log."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias

from proxy.audit_log import AuditLog
from proxy.exchange import Exchange
from proxy.firewall import Action, Judgement
from proxy.metrics import Cell, Registry

Outcome: TypeAlias = Action | Literal["overflow", "failed"]
"""`overflow`: a bound was met, and no rule decided. `failed`: the filter broke before it could tell."""

MOST_RULES: Final = 2000
"""Rules that have a series of their own, in one filter; CRS 4 has 700. Further ones count under `other`."""


class FirewallBook:
    """The books of one filter; several of one name, where routes override options, count in the same series."""

    def __init__(self, filter: str, registry: Registry, audit_log: AuditLog | None = None) -> None:
        self._filter, self._registry, self.audit_log = filter, registry, audit_log
        self._requests: dict[tuple[str, Outcome], Cell] = {}
        self._rules: dict[int, Cell] = {}
        self._inbound = registry.waf_score.child(filter, "inbound")
        self._outbound = registry.waf_score.child(filter, "outbound")
        self._garbled = registry.waf_garbled.child(filter)

    def count(self, exchange: Exchange, outcome: Outcome) -> None:
        """Enter an exchange of which there is no judgement, for most have none: nothing matched."""
        route = "" if exchange.route is None else exchange.route.name
        cell = self._requests.get((route, outcome))
        if cell is None:
            cell = self._requests[route, outcome] = self._registry.waf_requests.child(route, self._filter, outcome)
        cell.value += 1

    def garbled(self) -> None:
        """Enter something that was meant to be a judgement."""
        self._garbled.value += 1

    def judged(self, exchange: Exchange, judgement: Judgement) -> None:
        unjudged = judgement.overflow is not None and not judgement.rule
        self.count(exchange, "overflow" if unjudged else judgement.action)
        for rule in judgement.rules:
            self._rule(rule).value += 1
        self._inbound.observe(judgement.inbound)
        self._outbound.observe(judgement.outbound)
        if self.audit_log is not None and judgement.action != "passed":
            self.audit_log.write(exchange, judgement)

    def _rule(self, rule: int) -> Cell:
        cell = self._rules.get(rule)
        if cell is None:
            label = rule if len(self._rules) < MOST_RULES else "other"
            cell = self._registry.waf_rule_matches.child(self._filter, label)
            if label == rule:
                self._rules[rule] = cell
        return cell
