"""A request's body as it comes from the client, under the limits of its route."""

from __future__ import annotations

from collections.abc import Callable

from proxy.body import Source, StreamBody
from proxy.errors import BadRequest, BodyTooLarge, ProxyError, RequestTimeout
from proxy.http1.framing import MORE, Decoder, FramingError
from proxy.limits import Limits
from proxy.runtime import NEVER, Sweeper, monotonic


class RequestBody(StreamBody):
    """Decodes and counts. Time is counted only while the client is the one who is waited for.

    `on_wanted` is called when somebody first reads: the moment for 100 (Continue). `stop` when nobody will read on.
    """

    __slots__ = (
        "_decoder",
        "_idle_deadline",
        "_limits",
        "_sweeper",
        "_taken_bytes",
        "_window_bytes",
        "_window_end",
        "deadline",
        "on_wanted",
    )

    def __init__(self, source: Source, length: int | None, decoder: Decoder, limits: Limits, sweeper: Sweeper) -> None:
        super().__init__(source, length)
        self._decoder, self._limits, self._sweeper = decoder, limits, sweeper
        self.deadline = NEVER
        self._taken_bytes = self._window_bytes = 0
        self._idle_deadline = self._window_end = NEVER
        self.on_wanted: Callable[[], None] | None = None

    async def read(self) -> bytes:
        wanted, self.on_wanted = self.on_wanted, None
        if wanted is not None and not self.ready and not self.ended:
            wanted()
        if not self.ready and self._window_end == NEVER and not self.ended:
            self._watch()
        return await super().read()

    def take(self, data: bytes) -> bytes:
        """Decode what came; returns what lies behind the body's end."""
        self.on_wanted = None  # A client that sends already waits for no 100.
        if self.broken:
            return b""
        try:
            piece, end = self._decoder.decode(data)
        except FramingError as error:
            self._break(BadRequest(str(error), reason="framing"))
            return b""
        self._taken_bytes += len(piece)
        self._window_bytes += len(piece)
        if self._taken_bytes > self._limits.body_bytes:
            self._break(BodyTooLarge(f"the body is over {self._limits.body_bytes} bytes"))
            return b""
        if end == MORE:
            if self._window_end != NEVER:
                self._idle_deadline = monotonic() + self._limits.body_idle_timeout_s
                self.deadline = min(self._idle_deadline, self._window_end)
            if piece:
                self.feed(piece)
            if self.paused:  # The reader is the slower one: the client is not to be blamed.
                self._window_end = self.deadline = NEVER
            return b""
        self.stop()
        if piece:
            self.feed(piece)
        self.finish()
        return data[end:]

    def _break(self, error: ProxyError) -> None:
        self.stop()
        self._source.abandon_body()
        self.fail(error)

    def stop(self) -> None:
        """Watch the client's pace no more."""
        self.deadline = NEVER
        self._sweeper.remove(self)

    def _watch(self) -> None:
        """Begin a window of the minimum rate, now that the reader waits for the client."""
        now = monotonic()
        self._window_bytes = 0
        self._window_end = now + self._limits.body_min_rate_window_s
        self._idle_deadline = now + self._limits.body_idle_timeout_s
        self.deadline = min(self._idle_deadline, self._window_end)
        self._sweeper.add(self)

    def on_deadline(self, now: float) -> None:
        """Judge the client's pace."""
        if now >= self._idle_deadline:
            self._break(RequestTimeout("the body stalled", reason="body_idle"))
        elif now >= self._window_end:
            if self._window_bytes < self._limits.body_min_rate * self._limits.body_min_rate_window_s:
                self._break(RequestTimeout("the body is too slow", reason="body_min_rate"))
            else:
                self._watch()
