"""One thing to send to a WAF: a test or a corpus's line, as the bytes that go over the wire."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias

Label: TypeAlias = Literal["attack", "benign", ""]


@dataclass(frozen=True)
class Probe:
    """`requests` go one after the other, each over a connection of its own. `group` is the file that it stands in.

    `expected` are the rules that the test's author has match, at any paranoia level; `label` is what a corpus calls it.
    """

    group: str
    title: str
    requests: tuple[bytes, ...]
    expected: tuple[int, ...] = ()
    label: Label = ""

    def without(self, header: str) -> Probe:
        """Leave a header out of every request."""
        return replace(self, requests=tuple(without(request, header) for request in self.requests))


def without(request: bytes, header: str) -> bytes:
    """Leave a header out of a request, its body untouched."""
    head, blank, body = request.partition(b"\r\n\r\n")
    line = re.compile(rb"\r\n" + re.escape(header.encode()) + rb":[^\r\n]*", re.IGNORECASE)
    return line.sub(b"", head) + blank + body
