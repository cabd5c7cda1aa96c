"""One direction's body on its way through a guest: what the guest can read now, and what it holds back. Pure."""

from __future__ import annotations

from proxy.errors import FilterBodyTooLarge
from wasm_host.limits import GuestLimits


class BodyFlow:
    """`buffer` is what the guest reads and edits: what it held back so far and the piece that came now, `size` bytes.

    It grows only while the guest holds it back, so a guest that lets each piece go on never meets the limit. What is
    over the limit is refused, goes on unseen, or is cut from what the guest sees, as `on_body_overflow` says; after
    the latter two the flow is `blind`: the guest is not asked again.
    """

    __slots__ = ("_limits", "_pieces", "_status", "_unseen", "blind", "size")

    def __init__(self, limits: GuestLimits, status: int) -> None:
        """Refuse a body that is too large with this status."""
        self._limits, self._status = limits, status
        self._pieces, self._unseen = [b""], b""
        self.size = 0
        self.blind = False

    @property
    def buffer(self) -> bytes:
        """Join the pieces once they are read: to do so as each one comes copies 800 MiB for a body of 10 MiB."""
        if len(self._pieces) > 1:
            self._pieces = [b"".join(self._pieces)]
        return self._pieces[0]

    @buffer.setter
    def buffer(self, data: bytes) -> None:
        self._pieces, self.size = [data], len(data)

    def take(self, piece: bytes, last: bool) -> bool:
        """Add a piece; tells whether it is the last that the guest is to see."""
        if self.size:
            self._pieces.append(piece)
            self.size += len(piece)
        else:
            self.buffer = piece
        limit = self._limits.body_bytes
        if self.size > limit and self._limits.on_body_overflow == "truncate":
            self.buffer, self._unseen = self.buffer[:limit], self.buffer[limit:]
            self.blind = True
        return last or self.blind

    def hold(self) -> bool:
        """Keep the buffer back, as the guest wants; tells whether it may. Raises FilterBodyTooLarge."""
        if self.size <= self._limits.body_bytes:
            return True
        self.blind = True
        if self._limits.on_body_overflow == "reject":
            self.buffer = b""  # Where the failure is passed over, the chain lets go on what had come.
            message = f"the guest holds back more than {self._limits.body_bytes} bytes"
            raise FilterBodyTooLarge(message, status=self._status)
        return False

    def rewind(self) -> None:
        """Let another guest see what is held back, as if none had seen it."""
        self.buffer, self._unseen, self.blind = self.buffer + self._unseen, b"", False

    def release(self) -> bytes:
        """Return what goes on now."""
        out = self.buffer + self._unseen if self._unseen else self.buffer
        self.buffer = self._unseen = b""
        return out
