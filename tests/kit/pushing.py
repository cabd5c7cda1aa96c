"""Push many times its limit through a memory tier, in a process of its own, and print by how much that grew."""

from __future__ import annotations

import gc
import random
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

from kit.stored import stored_response
from proxy.cache.heap import keep_large_blocks_apart
from proxy.cache.memory import MemoryTier
from proxy.cache.stored import Stored

KIB = 1024
PIECE_BYTES = 64 * KIB


def resident_bytes() -> int:
    status = Path("/proc/self/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) * KIB


def body(size_bytes: int, filling: int) -> bytes:
    """Gather a body from pieces, as it comes from a socket."""
    pieces = []
    while size_bytes > 0:
        pieces.append(bytes([filling]) * min(size_bytes, PIECE_BYTES))
        size_bytes -= PIECE_BYTES
    return b"".join(pieces)


def responses(total_bytes: int, smallest: int, largest: int) -> Iterator[Stored]:
    """Make responses of so many bytes together; the sizes of their bodies are even on a logarithmic scale."""
    random_ = random.Random(4)
    made = number = 0
    while made < total_bytes:
        size_bytes = int(smallest * (largest / smallest) ** random_.random())
        key = f"http://example.com/some/path/of/a/file-{number}.html  site"
        lines = [b"Content-Type: text/html; charset=utf-8", b"Cache-Control: max-age=60", b'ETag: "%d"' % number]
        stored = stored_response(key, lines=lines, body=body(size_bytes, number % 256))
        made += stored.size_bytes
        yield stored
        number += 1


def push(memory: MemoryTier, stored: Iterable[Stored]) -> int:
    """Put all, use some, and return the most bytes that were resident meanwhile."""
    random_ = random.Random(5)
    most = 0
    for number, each in enumerate(stored):
        memory.put(each)
        each.uses += random_.choice([0, 0, 0, 1, 3])
        if number % 64 == 0:
            most = max(most, resident_bytes())
    return max(most, resident_bytes())


if __name__ == "__main__":
    limit_bytes, smallest_bytes, largest_bytes = map(int, sys.argv[1:])
    keep_large_blocks_apart()
    gc.collect()
    before = resident_bytes()
    tier = MemoryTier(limit_bytes)
    print(push(tier, responses(10 * limit_bytes, smallest_bytes, largest_bytes)) - before)
