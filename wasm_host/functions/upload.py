"""The request's body in a function's hands: read when it is asked for, whole, and left for the upstream."""

from __future__ import annotations

from proxy.body import collect
from proxy.errors import BodyTooLarge
from proxy.messages import Request
from wasm_host.functions.services import Soon


class Upload:
    """`half_read` tells that some of the body is gone and the rest not here: nobody else can have it then."""

    __slots__ = ("_most_bytes", "_request", "half_read")

    def __init__(self, request: Request, most_bytes: int) -> None:
        self._request, self._most_bytes = request, most_bytes
        self.half_read = False

    @property
    def is_here(self) -> bool:
        """Whether nothing of it is still to come."""
        return self._request.body is None or isinstance(self._request.body, bytes)

    def whole(self) -> Soon[bytes]:
        """Return all of it; raises BodyTooLarge, or what broke it."""
        body = self._request.body
        if body is None:
            return b""
        if isinstance(body, bytes):
            self._check(len(body))
            return body
        self._check(body.length or 0)
        return self._read()

    def _check(self, size: int) -> None:
        if size > self._most_bytes:
            raise BodyTooLarge(f"the body is larger than the {self._most_bytes} bytes that the function takes")

    async def _read(self) -> bytes:
        self.half_read = True
        body = await collect(self._request.body, self._most_bytes)
        self._request.body, self.half_read = body, False
        return body
