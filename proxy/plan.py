"""What to supervise, as the configuration has it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias

from proxy.admin.server import AdminSpec
from proxy.errors import StartError

Change: TypeAlias = dict[str, str]
"""What a reload changes: `change` (`added`, `removed`, `changed`), `what` (`route api`), `detail`."""


def _changes_nobody_tells(former: Any) -> list[Change]:
    return []


def _no_functions(order: Any, functions: Mapping[str, Any]) -> Any:
    raise StartError("this proxy was not started with functions")


@dataclass(frozen=True, slots=True)
class Plan:
    """`listeners` maps names to addresses; `worker_command` starts a worker of `proxy.worker`.

    `order` is JSON: what workers build from. `watched` are the files whose change means a reload. `changes` tells what
    is new since another plan, whose order it is given. `with_functions` makes the order anew, with another state of the
    edge functions; it may raise StartError.
    """

    listeners: Mapping[str, str]
    worker_command: Sequence[str]
    workers: int = 1
    drain_timeout_s: float = 30.0
    admin: AdminSpec | None = None
    order: Any = None
    watched: tuple[str, ...] = ()
    changes: Callable[[Any], list[Change]] = _changes_nobody_tells
    with_functions: Callable[[Any, Mapping[str, Any]], Any] = _no_functions


Load: TypeAlias = Callable[[], Plan]
"""Reads the configuration anew; raises StartError whose text has one line for each error. Runs in a thread."""


@dataclass(frozen=True, slots=True)
class Generation:
    """One of the plans that run one after the other; `number` counts them from 1."""

    number: int
    plan: Plan

    def message(self, ticket_key: bytes) -> dict[str, Any]:
        """Return what a worker builds from, as the control channel carries it."""
        return {"generation": self.number, "order": self.plan.order, "ticket_key": ticket_key.hex()}
