"""The C library's heap: that memory which the cache lets go also leaves the process."""

from __future__ import annotations

import ctypes
from typing import Final

_M_MMAP_THRESHOLD: Final = -3  # malloc.h of glibc
THRESHOLD_BYTES: Final = 128 * 1024
"""Where glibc begins; from here on, each block is a mapping of its own and is given back when it is freed."""


def keep_large_blocks_apart() -> bool:
    """Hold glibc's threshold for mappings where it begins; tell whether the C library knows of one.

    Left alone, it rises with each large block that is freed, up to 32 MiB (mallopt(3)). Then bodies of a mebibyte come
    from the common heap, among small ones that stay, and a cache of 32 MiB through which ten times as much has gone
    takes 25 % more than it holds; so it takes 5 %. To be called once, when a process begins.
    """
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
    return mallopt is not None and mallopt(_M_MMAP_THRESHOLD, THRESHOLD_BYTES) == 1
