"""A request's streamed body on its way to an origin, while the response may already be coming."""

from __future__ import annotations

from typing import Final, Protocol

from proxy.body import Body, StreamBody
from proxy.errors import ProxyError
from proxy.http1.framing import LAST_CHUNK, chunk
from proxy.runtime import Running, Strand, Waiter, spawn

CONTINUE_WAIT_S: Final = 1.0
"""How long a body waits for 100 (Continue) from an origin that may never send one (RFC 9110 §10.1.1)."""


class Origin(Protocol):
    """The connection to the origin, as its upload sees it."""

    closed: bool

    def write(self, data: bytes) -> None: ...
    def watch_upload(self, for_s: float | None) -> None:
        """End the wait for the origin after so long (None: after the idle time); told when it is over, too."""

    def unwatch_upload(self) -> None: ...
    def upload_ended(self) -> None: ...
    def upload_failed(self, error: ProxyError) -> None: ...


class Upload:
    """Sends a body at the pace of the slower side."""

    __slots__ = ("_body", "_chunked", "_drained", "_origin", "_permission", "_strand")

    def __init__(self, origin: Origin, body: Body, *, expects_continue: bool) -> None:
        self._origin, self._body = origin, body
        self._chunked = body.length is None
        self._permission: Waiter[None] | None = Waiter() if expects_continue else None
        self._drained: Waiter[None] | None = None
        self._strand: Running | None = None

    def start(self) -> None:
        if isinstance(self._body, StreamBody):
            self._strand = strand = Strand(self._run())
            strand.step()
        else:  # Filters stand before it, which may need a Task.
            self._strand = spawn(self._run(), "upload")

    def cancel(self) -> None:
        if self._strand is not None:
            self._strand.cancel()

    def permit(self) -> bool:
        """Send the body that waited for 100 (Continue); tells whether it did wait."""
        permission, self._permission = self._permission, None
        if permission is None:
            return False
        permission.wake(None)
        return True

    def pause(self) -> None:
        """The origin takes no more for now."""
        self._drained = Waiter()

    def resume(self) -> None:
        drained, self._drained = self._drained, None
        if drained is not None:
            drained.wake(None)

    async def _run(self) -> None:
        try:
            if self._permission is not None:
                self._origin.watch_upload(CONTINUE_WAIT_S)
                await self._permission
                self._origin.unwatch_upload()
            await self._send_pieces()
        except ProxyError as error:
            self._origin.upload_failed(error)
        except Exception as error:
            self._origin.upload_failed(ProxyError(str(error)))
        else:
            self._origin.upload_ended()

    async def _send_pieces(self) -> None:
        left = self._body.length
        while piece := await self._body.read():
            if left is not None:
                left -= len(piece)
            self._origin.write(chunk(piece) if self._chunked else piece)
            if self._drained is not None:
                self._origin.watch_upload(None)
                await self._drained
                self._origin.unwatch_upload()
        if left:
            raise ProxyError("the request's body is not as long as announced", reason="request_body_length")
        if self._chunked:
            self._origin.write(LAST_CHUNK)
