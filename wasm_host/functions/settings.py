"""What is known of one version of a function before it runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal, TypeAlias

from wasm_host.functions.allowance import Allowance

JsonForm: TypeAlias = Literal["packed", "pointer", "call"]
"""How the answer of a `json` guest is passed (docs: the ABI's page)."""

KIB: Final = 1024
MIB: Final = 1024 * KIB


@dataclass(frozen=True, slots=True)
class FunctionLimits:
    """What one call may use; times in seconds. `cpu_s` is how long its guest computes, waiting not counted.

    `concurrency` calls run at once in a worker, `queue` more wait for `queue_s` at most, the rest are answered 503.
    `rate` is calls a second and worker, 0 without a limit. `http_calls` of a call, of which `http_at_once`.
    """

    cpu_s: float = 0.05
    total_s: float = 30.0
    memory_bytes: int = 50 * MIB
    request_bytes: int = MIB
    response_bytes: int = 10 * MIB
    http_s: float = 5.0
    http_bytes: int = MIB
    http_calls: int = 32
    http_at_once: int = 8
    key_bytes: int = 256
    value_bytes: int = MIB
    hostcalls: int = 10_000
    log_lines: int = 100
    concurrency: int = 256
    queue: int = 1024
    queue_s: float = 5.0
    rate: float = 0.0


@dataclass(frozen=True, slots=True)
class FunctionSettings:
    """`version` names it among all versions of `name`. `entry` None is the ABI's own, `main` or `handle_request`.

    `form` None is found out by the export's type; with `body_only` a `json` guest gets the request's JSON body alone.
    """

    name: str
    version: str
    entry: str | None = None
    form: JsonForm | None = None
    body_only: bool = False
    configuration: bytes = b""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    allow: Allowance = Allowance()  # noqa: RUF009 - frozen
    limits: FunctionLimits = FunctionLimits()
    log_level: int = 2
