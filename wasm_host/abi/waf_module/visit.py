"""One request before a WAF module: what is held of its body, and what came of it."""

from __future__ import annotations

from typing import Literal, TypeAlias

from proxy.errors import BodyTooLarge
from proxy.firewall import Judgement
from wasm_host.limits import GuestLimits

State: TypeAlias = Literal["open", "judged", "failed", "overflow"]


class Visit:
    """Holds a body up to the limit. `state` is `open` until the module has been asked, or will not be."""

    __slots__ = ("_held", "_limits", "judgement", "state")

    def __init__(self, limits: GuestLimits) -> None:
        self._limits = limits
        self._held = bytearray()
        self.state: State = "open"
        self.judgement: Judgement | None = None

    def check(self, length: int) -> None:
        """Raise BodyTooLarge for a body of which so much is known, where longer ones are rejected."""
        most = self._limits.body_bytes
        if length > most and self._limits.on_body_overflow == "reject":
            self.state = "overflow"
            raise BodyTooLarge(f"the body is larger than {most} bytes")

    def hold(self, piece: bytes, *, last: bool) -> bytes | None:
        """Hold a piece back; returns what the module is shown once that is settled."""
        self._held += piece
        length, most = len(self._held), self._limits.body_bytes
        self.check(length)
        if length > most:
            return b"" if self._limits.on_body_overflow == "skip" else bytes(self._held[:most])
        return bytes(self._held) if last else None

    def release(self) -> bytes:
        """Return all that was held."""
        held, self._held = bytes(self._held), bytearray()
        return held
