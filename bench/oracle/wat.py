"""WebAssembly text as the scenarios write it: its top-level forms, and constants that find their own place.

Beside plain WAT a guest may write `(str "text")`, which stands for the text's address and size, and
`(pairs "name" "value" …)`, the same of a serialised header map.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Iterator, Sequence
from typing import Final

CONSTANTS_AT: Final = 16384

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*"|;;[^\n]*|[()]|[^"();]+|;')
_TEXT = re.compile(r'"((?:[^"\\]|\\.)*)"')
_CONSTANT = re.compile(r'\((str|pairs)((?:\s+"(?:[^"\\]|\\.)*")*)\s*\)')
_ESCAPE = re.compile(rb'\\(?:([0-9a-fA-F]{2})|([nt"\\]))')
_LETTERS = {b"n": b"\n", b"t": b"\t", b'"': b'"', b"\\": b"\\"}
_NAME = re.compile(r"\$[\w-]+")
_DEFINED = re.compile(r"\((?:func|global|type|table|memory)\s+(\$[\w-]+)")


def forms(text: str) -> Iterator[str]:
    """Split into top-level forms, without the comments."""
    depth = 0
    form: list[str] = []
    for token in _TOKEN.findall(text):
        if token.startswith(";;"):
            continue
        depth += {"(": 1, ")": -1}.get(token, 0)
        if form or token == "(":
            form.append(token)
        if form and depth == 0:
            yield "".join(form)
            form = []
    if depth:
        raise ValueError(f"{depth} parentheses are not closed")


def defined(form: str) -> str:
    """Return the `$name` that a top-level form defines, or the empty string."""
    named = form if not form.startswith("(import") else form[form.index("(", 1) :]
    found = _DEFINED.match(named)
    return found[1] if found else ""


def needed(own: Sequence[str], shared: Sequence[str]) -> list[str]:
    """Return the shared forms that `own` refers to, directly or through others, in their order."""
    by_name = {defined(form): form for form in shared}
    wanted: set[str] = set()
    unread = list(own)
    while unread:
        names = set(_NAME.findall(unread.pop())) & by_name.keys() - wanted
        wanted |= names
        unread.extend(by_name[name] for name in names)
    return [form for name, form in by_name.items() if name in wanted]


class Constants:
    """The texts and maps that forms mention, each kept once, from CONSTANTS_AT on."""

    def __init__(self) -> None:
        self._at: dict[bytes, int] = {}
        self._end = CONSTANTS_AT

    def place(self, form: str) -> str:
        """Replace each `(str …)` and `(pairs …)` by address and size."""
        return _CONSTANT.sub(self._address, form)

    def _address(self, found: re.Match[str]) -> str:
        texts = [plain(text) for text in _TEXT.findall(found[2])]
        constant = pairs(texts) if found[1] == "pairs" else b"".join(texts)
        return f"(i32.const {self._keep(constant)}) (i32.const {len(constant)})"

    def _keep(self, constant: bytes) -> int:
        if constant not in self._at:
            self._at[constant] = self._end
            self._end += -(-len(constant) // 4) * 4
        return self._at[constant]

    def data(self) -> list[str]:
        """Return the data segments that lay the constants out."""
        return [f'(data (i32.const {at}) "{escaped(constant)}")' for constant, at in self._at.items()]


def pairs(texts: Sequence[bytes]) -> bytes:
    """Serialise names and values that take turns (ABI: number of pairs, sizes, then each text with a NUL)."""
    sizes = [len(text) for text in texts]
    return struct.pack(f"<I{len(sizes)}I", len(sizes) // 2, *sizes) + b"".join(text + b"\0" for text in texts)


def plain(text: str) -> bytes:
    """Read the escapes of a WAT string."""
    return _ESCAPE.sub(_unescaped, text.encode())


def escaped(constant: bytes) -> str:
    return "".join(f"\\{byte:02x}" for byte in constant)


def _unescaped(found: re.Match[bytes]) -> bytes:
    return bytes.fromhex(found[1].decode()) if found[1] else _LETTERS[found[2]]
