"""One stored response: what a tier holds, and what was parsed of it once, when it was stored."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

OVERHEAD_BYTES: Final = 1024
"""What a stored response takes besides its bytes: objects, slots in tables."""
TAG_BYTES: Final = 64
"""What a tag takes besides its letters; there may be a thousand."""


@dataclass(slots=True, eq=False)
class Stored:
    """A response with its facts. Times are wall-clock seconds; nobody but its tier changes it once it is stored.

    `key` is the primary cache key and `url` the part of it that a purge names. `vary` holds the lower-case names of
    the fields that select it (RFC 9111 §4.1), `variant` what they said in the request, None where absent. `lines` are
    the end-to-end fields as they will be served, without Age and Content-Length; `body` is whole. `born` is when its
    age was zero, so that `now - born` is its age (§4.2.3). It is fresh before `fresh_until` (minus infinity where every
    use must be validated) and worth keeping before `keep_until`. `generation` and `checked` are the numbers of the last
    purge that it is known to have survived, by the count that nodes share and by the worker's own. `uses` is for the
    memory tier: whoever serves from it adds one.
    """

    key: str
    url: str
    status: int
    status_line: bytes | None
    lines: list[bytes]
    born: float
    fresh_until: float
    keep_until: float
    body: bytes = b""
    vary: tuple[bytes, ...] = ()
    variant: tuple[bytes | None, ...] = ()
    etag: bytes | None = None
    last_modified: bytes | None = None
    must_revalidate: bool = False
    stale_while_revalidate_s: float = 0.0
    stale_if_error_s: float = 0.0
    tags: tuple[str, ...] = ()
    generation: int = 0
    checked: int = 0
    uses: int = 0
    head: bytes = field(default=b"", repr=False)

    @property
    def identity(self) -> tuple[str, tuple[bytes | None, ...]]:
        return self.key, self.variant

    @property
    def size_bytes(self) -> int:
        """What it takes in memory, its prepared head included, and what clients chose to have it selected by."""
        texts = 2 * sum(map(len, self.lines)) + 2 * len(self.key) + len(self.head)
        selecting = sum(len(said) for said in self.variant if said)
        tags = sum(map(len, self.tags)) + TAG_BYTES * len(self.tags)
        return OVERHEAD_BYTES + len(self.body) + texts + selecting + tags

    def forbid_stale(self) -> None:
        """Take away all leave to be served stale: a purge may have been missed that took it."""
        self.must_revalidate = True
        self.stale_while_revalidate_s = self.stale_if_error_s = 0.0
