"""The responses of a resource that varies, by what selects them (RFC 9111 §4.1)."""

from __future__ import annotations

from typing import Final, TypeAlias

from proxy.cache.rfc9111 import selected
from proxy.cache.stored import Stored
from proxy.messages import Headers

Selection: TypeAlias = tuple[bytes | None, ...]

MOST_VARIANTS: Final = 64
"""So many of one resource are held: a Vary on what each client spells otherwise would fill the tier with one page."""


class Variants:
    """Responses of one resource that all vary by the same fields, those of its newest response.

    RFC 9111 §4.1 lets responses of one resource differ in their Vary. Here a response with another Vary displaces
    those before it: what they were selected by is no longer what the origin looks at, and to fetch again is always
    sound. One look-up then finds the answer, however many variants there are.
    """

    __slots__ = ("by_selection", "vary")

    def __init__(self, vary: tuple[bytes, ...]) -> None:
        self.vary = vary
        self.by_selection: dict[Selection, Stored] = {}

    def find(self, headers: Headers) -> Stored | None:
        """Return the response that the fields of a request select."""
        return self.by_selection.get(selected(self.vary, headers))
