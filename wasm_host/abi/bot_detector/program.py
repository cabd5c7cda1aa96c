"""A bot detector joined with this host for one filter."""

from __future__ import annotations

from collections.abc import Sequence

from wasm_host.abi.judges.program import JudgeProgram
from wasm_host.calls import Running
from wasm_host.log_lines import LogLines
from wasm_host.memory import Memory
from wasm_host.signature import HostFunction


class BotDetectorProgram(JudgeProgram):
    """Its guests may export `dealloc` too, which nobody calls: they end with their answer."""

    question = "detect_bot"
    chain_hooks = frozenset({"on_request"})

    @classmethod
    def offered(cls, running: Running, log: LogLines) -> Sequence[HostFunction]:
        return ()

    def rehearse(self) -> None:
        self.asked(b"Mozilla/5.0", read_answer)


def read_answer(_: Memory, answer: int) -> int:
    return answer
