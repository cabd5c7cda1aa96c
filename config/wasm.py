"""The filter type `wasm`: its options, and the way from them to a filter."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, ClassVar, Final, Literal, TypeAlias, get_args

from pydantic import BeforeValidator, Field, StringConstraints, WithJsonSchema

from config.guest_lines import GuestLines
from config.model import Model
from config.parts import Parts
from config.paths import Path
from config.registry import Unfit
from config.shorthand import under
from config.values import Duration, Size, Text
from config.wasm_filters import Source, filters_of
from config.wasm_workshop import BUILTIN
from proxy.errors import AbiMismatch, GuestError
from proxy.filter import Filter
from wasm_host.engine import GUESTS, TABLE_ELEMENTS
from wasm_host.limits import GuestLimits, OnBodyOverflow
from wasm_host.log_lines import LEVELS
from wasm_host.program import GuestSettings, Instances

PAGE_BYTES: Final = 64 * 1024
MOST_MEMORY_BYTES: Final = 65536 * PAGE_BYTES

_DEFAULTS: Final = GuestLimits()


def parse_handed_over(value: object) -> bytes:
    """Turn what a guest is configured with into the bytes that it gets: a mapping as JSON, text as it is."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    raise ValueError("give a mapping, which the guest gets as JSON, or text, which it gets as it is")


def parse_variable(name: str) -> str:
    """Accept a variable's name as POSIX has it, more or less (POSIX.1-2024, "Environment Variables")."""
    if not name or "=" in name or "\0" in name:
        raise ValueError(f"{name!r} is not the name of an environment variable")
    return name


HandedOver = Annotated[
    bytes,
    BeforeValidator(parse_handed_over),
    WithJsonSchema({"type": ["object", "string"], "description": "a mapping is handed over as JSON, text as it is"}),
]
Variable = Annotated[Text, BeforeValidator(parse_variable)]
Sha256 = Annotated[str, StringConstraints(strict=True, to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]
LogLevel = Literal["trace", "debug", "info", "warn", "error", "critical"]


class ModuleFile(Model):
    path: Text
    sha256: Sha256 | None = None


class Limits(Model):
    """What a guest may use; wasm_host/limits.py says what each one means."""

    memory: Annotated[Size, Field(ge=PAGE_BYTES, le=MOST_MEMORY_BYTES)] = _DEFAULTS.memory_bytes
    call_time: Duration = _DEFAULTS.call_time_s
    request_time: Duration = _DEFAULTS.request_time_s
    body: Size = _DEFAULTS.body_bytes
    on_body_overflow: OnBodyOverflow = _DEFAULTS.on_body_overflow
    table_elements: Annotated[int, Field(ge=1, le=TABLE_ELEMENTS, strict=True)] = _DEFAULTS.table_elements
    instances: Annotated[int, Field(ge=1, le=GUESTS, strict=True)] = _DEFAULTS.instances
    pause: Duration = _DEFAULTS.pause_s

    def of_guests(self) -> GuestLimits:
        return GuestLimits(
            memory_bytes=self.memory,
            table_elements=self.table_elements,
            call_time_s=self.call_time,
            request_time_s=self.request_time,
            body_bytes=self.body,
            on_body_overflow=self.on_body_overflow,
            instances=self.instances,
            pause_s=self.pause,
        )


class WasmOptions(Model):
    module: Annotated[ModuleFile, under("path")]
    config: HandedOver = b""
    vm_config: HandedOver = b""
    vm_id: Text = ""
    root_id: Text = ""
    environment: dict[Variable, Text] = Field(default_factory=dict)
    limits: Limits = Limits()
    instances: Instances = "shared"
    hold_headers: Annotated[bool, Field(strict=True)] = False
    log_level: LogLevel = "info"

    def source(self, name: str) -> Source:
        return Source(self.module.path, self.module.sha256, self._settings(name))

    def _settings(self, name: str) -> GuestSettings:
        return GuestSettings(
            name,
            configuration=self.config,
            vm_configuration=self.vm_config,
            root_id=self.root_id,
            vm_id=self.vm_id,
            environment=self.environment,
            limits=self.limits.of_guests(),
            instances=self.instances,
            hold_headers=self.hold_headers,
            log_level=LEVELS.index(self.log_level),
        )


assert get_args(LogLevel) == LEVELS


class WasmType:
    """Makes filters whose code is a WASM module (wasm_host/)."""

    type_name: ClassVar[str] = "wasm"
    Options: ClassVar = WasmOptions
    handed_over: ClassVar[tuple[str, ...]] = ("config", "vm_config")

    @classmethod
    def files(cls, options: WasmOptions) -> Iterator[tuple[Path, str]]:
        """Yield the file that is read for a filter, and the option that names it."""
        if not options.module.path.startswith(BUILTIN):
            yield Path(("module",)), options.module.path

    @classmethod
    def assemble(cls, name: str, options: WasmOptions, parts: Parts, former: Sequence[Filter] = ()) -> Filter:
        """Read, compile and link the module, unless one of the former filters would be the same.

        No guest is started yet. Raises StartError.
        """
        return filters_of(parts).make(options.source(name), former)

    @classmethod
    def check(cls, name: str, options: WasmOptions, parts: Parts) -> None:
        """Do what `assemble` does, and start a guest as a trial. Raises Unfit."""
        try_out(options.source(name), parts, _culprit)


Culprit: TypeAlias = Callable[[GuestError, str], Path]
"""Returns which option is to blame, by what failed and by what the guest said before."""


def try_out(source: Source, parts: Parts, culprit: Culprit) -> None:
    """Start a guest as a trial; raises Unfit with its last words."""
    lines = GuestLines(source.settings.log_level)
    try:
        filters_of(parts).try_out(source, lines)
    except GuestError as error:
        named = str(error) if isinstance(error, AbiMismatch) else f"{source.path}: {error}"
        said = "".join(f"\n  {level}: {text}" for level, text in lines.kept)
        raise Unfit(named + said, culprit(error, said)) from error


def _culprit(error: GuestError, _: str) -> Path:
    if isinstance(error, AbiMismatch):
        return Path(("module", "sha256" if error.reason == "wrong_hash" else "path"))
    return Path(("config",)) if error.reason == "refused" else Path()
