"""A module that judges, joined with this host for one filter."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar

from wasm_host.abi.judges.guest import JudgeGuest
from wasm_host.fibers import FiberLinked, FiberRunning, at_once
from wasm_host.linking import needed
from wasm_host.program import nobody_hears
from wasm_host.signature import Export, HostFunction, Signature

if TYPE_CHECKING:
    from wasm_host.calls import Running
    from wasm_host.log_lines import LogLines
    from wasm_host.memory import Memory
    from wasm_host.module import WasmModule
    from wasm_host.program import GuestSettings, OnFailure


class JudgeProgram(ABC):
    """Makes guests for one question each, within the limits of judges.

    `question` names the export that takes it, `chain_hooks` are those in which it is put.
    """

    question: ClassVar[str]
    chain_hooks: ClassVar[frozenset[str]]

    def __init__(self, module: WasmModule, settings: GuestSettings, log: LogLines) -> None:
        """Join the module; raises AbiMismatch that names each import which does not fit."""
        self.module, self.settings, self.log, self.limits = module, settings, log, settings.judge_limits
        running, exports = FiberRunning(self.limits.call_time_s), self.exports()
        functions = needed(module, self.offered(running, log), exports)
        self.linked = FiberLinked(module.engine, module.compiled, functions, exports, self.limits, running)
        self.guest_failed: OnFailure = nobody_hears

    @classmethod
    def exports(cls) -> tuple[Export, Export]:
        return Export("alloc", Signature("i", "i")), Export(cls.question, Signature("ii", "i"))

    @classmethod
    @abstractmethod
    def offered(cls, running: Running, log: LogLines) -> Sequence[HostFunction]:
        """Return the functions that a guest may import."""

    @abstractmethod
    def rehearse(self) -> None:
        """Ask a guest something harmless, which any of them must answer; raises GuestError."""

    def hooks(self) -> frozenset[str]:
        return self.chain_hooks

    def make(self) -> JudgeGuest:
        """Make a guest; raises GuestError."""
        return JudgeGuest(self)

    def asked(self, question: bytes, read: Callable[[Memory, int], object]) -> None:
        """Ask a guest apart from all exchanges."""
        guest = self.make()
        try:
            read(guest.memory, at_once(guest.judge(question)))
        finally:
            guest.close()
