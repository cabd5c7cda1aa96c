"""The blob of rules that a `waf` filter's guest is started with: found, read, and looked at from outside.

The head is judged here, before any guest is made. What it frames, the guest judges, and the checksum first
(filters/guests/waf/engine/src/blob.rs).
"""

from __future__ import annotations

import pathlib
from importlib.resources import files
from typing import Final

from config.waf_options import BUILTIN_RULES
from filters.waf.blob import MAGIC, VERSION

HEAD_BYTES: Final = len(MAGIC) + 1 + 4 + 8
"""Magic, version, the payload's length and its checksum."""
MOST_BYTES: Final = 64 * 1024 * 1024

_REMEDY: Final = "make it with: penstock waf compile RULES_DIR -o"


def read_rules(path: str, directory: pathlib.Path) -> bytes:
    """Read the blob at a path as the configuration has it; raises ValueError that names it and the remedy."""
    if path == BUILTIN_RULES:
        return _read(pathlib.Path(str(files("filters") / "waf" / "builtin.blob")), path, "install Penstock anew")
    return _read(directory / path, path, f"{_REMEDY} {path}")


def _read(file: pathlib.Path, path: str, remedy: str) -> bytes:
    try:
        with file.open("rb") as opened:
            blob = opened.read(MOST_BYTES + 1)
    except OSError as error:
        raise ValueError(f"cannot read {path}: {error.strerror}; {remedy}") from None
    fault = _fault(blob)
    if fault is not None:
        raise ValueError(f"{path} {fault}; {remedy}")
    return blob


def _fault(blob: bytes) -> str | None:
    """Say what is wrong with a blob's frame."""
    if not blob.startswith(MAGIC):
        return "holds no compiled rules"
    if len(blob) > MOST_BYTES:
        return f"is larger than {MOST_BYTES} bytes"
    if len(blob) < HEAD_BYTES:
        return "is cut short"
    if blob[len(MAGIC)] != VERSION:
        return f"holds rules of version {blob[len(MAGIC)]}, and this Penstock reads version {VERSION}"
    announced = int.from_bytes(blob[len(MAGIC) + 1 : len(MAGIC) + 5], "little")
    if len(blob) - HEAD_BYTES < announced:
        return f"is cut short: it has {len(blob) - HEAD_BYTES} of {announced} bytes"
    return "has more behind its end" if len(blob) - HEAD_BYTES > announced else None
