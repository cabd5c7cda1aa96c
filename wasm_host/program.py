"""A module joined with this host for one filter: makes its guests. What every ABI's program has."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from wasm_host.limits import OF_JUDGES, GuestLimits

if TYPE_CHECKING:
    from proxy.errors import GuestError
    from wasm_host.guest import Guest

Instances: TypeAlias = Literal["shared", "per_request"]


@dataclass(frozen=True, slots=True)
class GuestSettings:
    """What the configuration says about one filter's guests.

    `configuration` and `vm_configuration` are handed over as they are; `log_level` is the number of the lowest level
    that is written; `hold_headers` lets a pause at the headers wait for the body callbacks.
    """

    name: str
    configuration: bytes = b""
    vm_configuration: bytes = b""
    root_id: str = ""
    vm_id: str = ""
    environment: Mapping[str, str] = field(default_factory=dict)
    limits: GuestLimits = GuestLimits()  # noqa: RUF009 - frozen
    instances: Instances = "shared"
    hold_headers: bool = False
    log_level: int = 2
    judge_limits: GuestLimits = OF_JUDGES


OnFailure: TypeAlias = Callable[["Guest | None", "GuestError"], None]
"""Hears of each guest that failed, after it was closed; of None where only a request has met its limit."""


def nobody_hears(guest: Guest | None, failure: GuestError) -> None:
    """Stand in until a filter listens."""
