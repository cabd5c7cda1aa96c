"""The filter type `wasm`: its options, and the way from them to a filter."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from typing import Annotated, ClassVar, Final, TypeAlias, get_args

from pydantic import BeforeValidator, Field

from config.builtin_modules import BUILTIN
from config.guest_lines import GuestLines
from config.guest_options import HandedOver, LogLevel, ModuleFile
from config.judge_options import UnfitOptions
from config.model import Model
from config.parts import Parts
from config.paths import Path
from config.registry import Unfit
from config.shorthand import under
from config.values import Duration, Size, Text
from config.wasm_filters import Source, filters_of
from proxy.errors import AbiMismatch, GuestError
from proxy.filter import Filter
from wasm_host.engine import GUESTS, TABLE_ELEMENTS
from wasm_host.limits import OF_JUDGES, GuestLimits, OnBodyOverflow
from wasm_host.log_lines import LEVELS
from wasm_host.program import GuestSettings, Instances

PAGE_BYTES: Final = 64 * 1024
MOST_MEMORY_BYTES: Final = 65536 * PAGE_BYTES

_DEFAULTS: Final = GuestLimits()


def parse_variable(name: str) -> str:
    """Accept a variable's name as POSIX has it, more or less (POSIX.1-2024, "Environment Variables")."""
    if not name or "=" in name or "\0" in name:
        raise ValueError(f"{name!r} is not the name of an environment variable")
    return name


Variable = Annotated[Text, BeforeValidator(parse_variable)]


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

    def of_guests(self, defaults: GuestLimits = _DEFAULTS) -> GuestLimits:
        """Return what is written, over the defaults of a kind of guests."""
        written = {_LIMITS.get(name, name): getattr(self, name) for name in self.model_fields_set}
        return replace(defaults, **written)


_LIMITS: Final = {
    "memory": "memory_bytes",
    "call_time": "call_time_s",
    "request_time": "request_time_s",
    "body": "body_bytes",
    "pause": "pause_s",
}
"""What wasm_host/limits.py calls those of another name."""


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
            judge_limits=self.limits.of_guests(OF_JUDGES),
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
        """Do what `assemble` does, and start a guest as a trial. Raises Unfit, or a group of them."""
        try_out(options.source(name), parts, _culprit)


Culprit: TypeAlias = Callable[[GuestError, str], Path]
"""Returns which option is to blame, by what failed and by what the guest said before."""


def try_out(source: Source, parts: Parts, culprit: Culprit) -> None:
    """Start a guest as a trial; raises Unfit with its last words, or a group of Unfit."""
    lines = GuestLines(source.settings.log_level)
    try:
        filters_of(parts).try_out(source, lines)
    except UnfitOptions as error:
        raise ExceptionGroup(source.path, [Unfit(text, path) for path, text in error.faults]) from error
    except GuestError as error:
        named = str(error) if isinstance(error, AbiMismatch) else f"{source.path}: {error}"
        said = "".join(f"\n  {level}: {text}" for level, text in lines.kept)
        raise Unfit(named + said, culprit(error, said)) from error


def _culprit(error: GuestError, _: str) -> Path:
    if isinstance(error, AbiMismatch):
        return Path(("module", "sha256" if error.reason == "wrong_hash" else "path"))
    return Path(("config",)) if error.reason == "refused" else Path()
