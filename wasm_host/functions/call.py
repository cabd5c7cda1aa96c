"""One call of a function: what its guest may use still, and what it has made so far."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from proxy.errors import FunctionTimeout
from proxy.exchange import Exchange
from wasm_host.functions.draft import Draft
from wasm_host.functions.fetches import Fetches
from wasm_host.functions.hostcall import HostcallFailed, Reason
from wasm_host.functions.upload import Upload
from wasm_host.functions.waits import Waits
from wasm_host.memory import Memory, nothing

if TYPE_CHECKING:
    from wasm_host.functions.lines import FunctionLines
    from wasm_host.functions.settings import FunctionSettings

_NO_MEMORY: Final = Memory(nothing)


class Call:
    """The state of a call, which its host functions find in `running.guest`.

    `memory` is its guest's, `buffer` the bytes that host functions leave for it, `draft` the answer that it makes.
    `cpu_s` is how long it has run. `deadline` is on the monotonic clock.
    """

    __slots__ = (
        "_fetches",
        "_hostcalls_left",
        "_lines",
        "_lines_left",
        "_said",
        "_upload",
        "buffer",
        "cpu_s",
        "deadline",
        "draft",
        "exchange",
        "holds_secret",
        "limits",
        "memory",
        "waits",
    )

    def __init__(self, exchange: Exchange, settings: FunctionSettings, lines: FunctionLines, now: float) -> None:
        limits = settings.limits
        self.exchange, self.limits, self._lines = exchange, limits, lines
        self.deadline = now + limits.total_s
        self.memory, self.buffer, self.holds_secret = _NO_MEMORY, b"", False
        self.draft, self.waits = Draft(limits.response_bytes), Waits()
        self.cpu_s = 0.0
        self._hostcalls_left, self._lines_left = limits.hostcalls, limits.log_lines
        self._said: set[tuple[str, Reason]] | None = None
        self._upload: Upload | None = None
        self._fetches: Fetches | None = None

    def spend(self) -> None:
        """Take one host call of those that the guest may make; raises HostcallFailed."""
        if not self._hostcalls_left:
            raise HostcallFailed("over_budget", f"more than {self.limits.hostcalls} host calls")
        self._hostcalls_left -= 1

    def give(self, data: bytes) -> int:
        """Leave bytes in the buffer; returns how many."""
        self.buffer, self.holds_secret = data, False
        return len(data)

    def give_secret(self, data: bytes) -> int:
        """Leave bytes that are not to go out as the answer, where the guest sets none."""
        length = self.give(data)
        self.holds_secret = True
        return length

    def log(self, level: int, text: bytes) -> None:
        """Write a line of the guest's own; raises HostcallFailed."""
        if level < self._lines.level:
            return
        if not self._lines_left:
            raise HostcallFailed("over_budget", f"more than {self.limits.log_lines} lines")
        self._lines_left -= 1
        self._lines.write(level, text)

    def says_first(self, call: str, reason: Reason) -> bool:
        """Tell if this is the first failure of its kind: what a guest does over and over is told once."""
        if self._said is None:
            self._said = set()
        before = len(self._said)
        self._said.add((call, reason))
        return len(self._said) > before

    @property
    def upload(self) -> Upload:
        """The request's body; made when first asked for, as few functions do."""
        if self._upload is None:
            self._upload = Upload(self.exchange.request, self.limits.request_bytes)
        return self._upload

    @property
    def has_half_read(self) -> bool:
        """Whether the request's body is lost for whoever comes after."""
        return self._upload is not None and self._upload.half_read

    @property
    def fetches(self) -> Fetches:
        if self._fetches is None:
            self._fetches = Fetches(self.waits, self.limits)
        return self._fetches

    def on_deadline(self, now: float) -> None:
        self.deadline = float("inf")
        self.waits.end(FunctionTimeout(f"it took longer than {self.limits.total_s:g} s in all"))

    def close(self) -> None:
        """Let go of what it holds, and end what goes on for it."""
        self.waits.close()
        self.memory = _NO_MEMORY
