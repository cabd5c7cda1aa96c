"""The bodies of an exchange in a guest's hands: read from the front, and replaced by what it writes."""

from __future__ import annotations

from collections.abc import Callable

from proxy.body import Body
from proxy.errors import BodyTooLarge
from wasm_host.abi.http_wasm.misuse import Misuse
from wasm_host.limits import GuestLimits


class Written:
    """What a guest writes in place of a body, as bounded as a body that it reads."""

    __slots__ = ("_data", "_most_bytes")

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._data: bytearray | None = None

    def append(self, data: bytes) -> None:
        if self._data is None:
            self._data = bytearray()
        if len(self._data) + len(data) > self._most_bytes:
            raise Misuse(f"it writes a body of more than {self._most_bytes} bytes")
        self._data += data

    @property
    def data(self) -> bytes | None:
        """All of it; None if the guest wrote none, not even an empty one."""
        return None if self._data is None else bytes(self._data)


class Position:
    """How far a guest has read in bytes that are all there."""

    __slots__ = ("_at",)

    def __init__(self) -> None:
        self._at = 0

    def take(self, data: bytes, most_bytes: int) -> tuple[bytes, bool]:
        """Return the next bytes, and whether they are the last."""
        piece = data[self._at : self._at + most_bytes]
        self._at += len(piece)
        return piece, self._at == len(data)


class Upload:
    """The request's body. What a guest reads is gone, unless it asked for a copy: `keep`.

    A copy is held up to the limit of bodies. A body over it is refused, or the guest meets its end early: after what
    fits (truncate), or at once (skip).
    """

    __slots__ = ("_at", "_body", "_data", "_limits", "_opened", "_rest", "_shown", "lost_bytes", "written")

    def __init__(self, body: Body | bytes | None, limits: GuestLimits) -> None:
        self._body, self._limits = body, limits
        self._opened = False
        self._rest: Body | None = None if isinstance(body, bytes) else body
        self._data = bytearray()
        self._at = 0
        self._shown: int | None = None
        self.lost_bytes = 0
        self.written = Written(limits.body_bytes)

    def has(self, most_bytes: int, *, keep: bool) -> bool:
        """Tell whether `take` need not wait for `fetch`."""
        self._open()
        return self._rest is None or self._unread >= self._needed(most_bytes, keep)

    async def fetch(self, most_bytes: int, *, keep: bool) -> None:
        """Wait for the next bytes; raises what breaks the body, or BodyTooLarge."""
        if keep and self._rest is not None and (self._rest.length or 0) > self._limits.body_bytes:
            self._overflow()
        needed = self._needed(most_bytes, keep)
        while self._rest is not None and self._unread < needed:
            piece = await self._rest.read()
            self._data += piece
            if not piece:
                self._rest = None

    def take(self, most_bytes: int, *, keep: bool) -> tuple[bytes, bool]:
        """Return the next bytes, and whether the guest has seen all; fewer than asked for only at the end."""
        if keep and self._shown is None and len(self._data) > self._limits.body_bytes:
            self._overflow()
        visible = len(self._data) if self._shown is None else min(self._shown, len(self._data))
        end = max(self._at, min(self._at + most_bytes, visible))
        piece = bytes(self._data[self._at : end])
        if keep:
            self._at = end
        else:
            del self._data[:end]
            self.lost_bytes += end
        ended = self._rest is None and self._at == len(self._data)
        return piece, ended or (self._shown is not None and self._at >= self._shown)

    def release(self, *, keep: bool) -> Body | bytes | None:
        """Return what goes upstream; a copy of that is kept, too, but the guest waits for no more of it."""
        rest, self._rest = self._rest, None
        written = self.written.data
        if written is not None:
            return written
        if rest is None:
            return bytes(self._data) if self._opened and self._body is not None else self._body
        if not (self._opened or keep):
            return rest
        return Rejoined(bytes(self._data), rest, -self.lost_bytes, self._copy if keep else None)

    def drop_written(self) -> None:
        self.written = Written(self._limits.body_bytes)

    def _copy(self, piece: bytes) -> None:
        if self._shown is None:
            if len(self._data) + len(piece) <= self._limits.body_bytes:
                self._data += piece
            else:
                self._shown = 0 if self._limits.on_body_overflow == "skip" else len(self._data)

    @property
    def _unread(self) -> int:
        return len(self._data) - self._at

    def _open(self) -> None:
        if not self._opened:
            self._opened = True
            if isinstance(self._body, bytes):
                self._data += self._body

    def _needed(self, most_bytes: int, keep: bool) -> int:
        """Return how much must be there to answer: one byte over the limit is enough to know that it is."""
        if not keep:
            return most_bytes
        if self._shown is not None:
            return min(most_bytes, self._shown - self._at)
        enough = self._limits.body_bytes + 1 - self._at
        return enough if self._limits.on_body_overflow == "skip" else min(most_bytes, enough)

    def _overflow(self) -> None:
        if self._limits.on_body_overflow == "reject":
            raise BodyTooLarge(f"the body is larger than {self._limits.body_bytes} bytes")
        self._shown = self._limits.body_bytes if self._limits.on_body_overflow == "truncate" else 0


class Rejoined:
    """A stream with other bytes before it, `added_bytes` in all: more than it had, or less. `copy` sees each piece."""

    __slots__ = ("_copy", "_first", "_rest", "length")

    def __init__(self, first: bytes, rest: Body, added_bytes: int, copy: Callable[[bytes], None] | None = None) -> None:
        self._first, self._rest, self._copy = first, rest, copy
        self.length = None if rest.length is None else rest.length + added_bytes

    @property
    def ready(self) -> bool:
        return bool(self._first) or self._rest.ready

    async def read(self) -> bytes:
        if self._first:
            first, self._first = self._first, b""
            return first
        piece = await self._rest.read()
        if self._copy is not None:
            self._copy(piece)
        return piece

    def discard(self) -> None:
        self._first = b""
        self._rest.discard()
