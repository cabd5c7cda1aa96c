"""What a call came to, as a response or as edits of one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from proxy.messages import Headers, Response

if TYPE_CHECKING:
    from wasm_host.functions.call import Call

_OK: Final = 200
_WITHOUT_BODY: Final = frozenset({204, 205, 304})


@dataclass(slots=True)
class Outcome:
    """What a function left when it ended, or when it let its answer go; None is what it did not set.

    `replaced` are the names, in lower case, of fields that another's answer loses.
    """

    status: int | None
    headers: Headers
    body: bytes | None
    buffer: bytes
    replaced: frozenset[bytes] = frozenset()

    @classmethod
    def of(cls, call: Call) -> Outcome:
        draft = call.draft
        draft.sent = True
        buffer = b"" if call.holds_secret else call.buffer
        return cls(draft.status, draft.headers, draft.body, buffer, frozenset(draft.replaced or ()))

    @property
    def is_answer(self) -> bool:
        """Whether it answers the request, in a chain; fields alone are for another's answer."""
        return self.status is not None or self.body is not None

    @property
    def has_edits(self) -> bool:
        return bool(self.headers.lines or self.replaced)

    def response(self) -> Response:
        """Return the answer of a route that ends here: where nothing was set, the buffer, which may be empty."""
        status, body = self.status or _OK, self.body
        if body is None:
            body = b"" if self.status is not None or self.headers.lines else self.buffer
        return Response(status, self.headers, b"" if status in _WITHOUT_BODY else body)

    def edit(self, headers: Headers) -> None:
        """Put the fields that were set in the place of an answer's own, and those that were added beside them."""
        for name in self.replaced:
            headers.drop(name)
        for name, line in zip(self.headers.names(), self.headers.lines, strict=True):
            headers.append(name, line)
