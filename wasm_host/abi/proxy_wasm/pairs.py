"""Maps as they cross the memory (Proxy-Wasm 0.2.1, "Serialized map").

A count, the sizes of each name and value, then names and values, each ended by a NUL; numbers are little-endian u32.
"""

from __future__ import annotations

from collections.abc import Sequence
from struct import pack, unpack_from
from typing import Final, TypeAlias

Pair: TypeAlias = tuple[bytes, bytes]

MOST_BYTES: Final = 1024 * 1024
MOST_PAIRS: Final = 1024
"""What Envoy's host accepts from guests (proxy-wasm-cpp-host, limits.h)."""

_WORD: Final = 4
_EMPTY: Final = (b"", b"\0")
"""What SDKs write for no pairs, besides a count of 0."""


class MalformedPairs(ValueError):
    """A guest's map is cut short, too large, or its sizes and its text do not agree."""


def encode_pairs(pairs: Sequence[Pair]) -> bytes:
    texts = [text for pair in pairs for text in pair]
    return pack(f"<{1 + len(texts)}I", len(pairs), *map(len, texts)) + b"\0".join([*texts, b""])


def decode_pairs(data: bytes) -> list[Pair]:
    """Read a guest's map; raises MalformedPairs, which most functions take for an empty one, as Envoy does."""
    if data in _EMPTY:
        return []
    if len(data) > MOST_BYTES or len(data) < _WORD:
        raise MalformedPairs(f"{len(data)} bytes are no map")
    (count,) = unpack_from("<I", data)
    if count > MOST_PAIRS:
        raise MalformedPairs(f"{count} pairs are more than {MOST_PAIRS}")
    at = _WORD + 2 * _WORD * count
    if at > len(data):
        raise MalformedPairs(f"{len(data)} bytes cannot hold {count} pairs")
    texts = []
    for size in unpack_from(f"<{2 * count}I", data, _WORD):
        end = at + size
        if data[end : end + 1] != b"\0":  # Not there at all where the size reaches beyond the end.
            raise MalformedPairs(f"no NUL at byte {end} of {len(data)}")
        texts.append(data[at:end])
        at = end + 1
    if at != len(data):
        raise MalformedPairs(f"{len(data) - at} bytes are left over")
    return list(zip(texts[::2], texts[1::2], strict=True))
