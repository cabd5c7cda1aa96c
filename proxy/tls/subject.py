"""The subject of a certificate as text of printable ASCII, which any log, field and guest can hold."""

from __future__ import annotations

import re

_UNPRINTABLE = re.compile(r"[^ -~]")


def printable(subject: str) -> str:
    """Write all but printable ASCII as RFC 4514 §2.4 writes bytes: UTF-8, a backslash and two digits for each."""
    return _UNPRINTABLE.sub(lambda found: escaped(found[0]), subject)


def escaped(character: str) -> str:
    return "".join(f"\\{byte:02X}" for byte in character.encode())
