"""WebSocket frames (RFC 6455), as far as an echo needs them: whole text frames and the close."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import os

TEXT, CLOSE = 0x1, 0x8
_GUID = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
_SHORT, _LONG = 126, 1 << 16


def new_key() -> str:
    return base64.b64encode(os.urandom(16)).decode()


def accept(key: str) -> str:
    """Return what a server answers to a client's key (RFC 6455 §4.2.2)."""
    return base64.b64encode(hashlib.sha1(f"{key}{_GUID}".encode()).digest()).decode()


def frame(opcode: int, payload: bytes, *, masked: bool) -> bytes:
    """Write one whole frame of less than 64 KiB; a client's is masked (RFC 6455 §5.3)."""
    assert len(payload) < _LONG
    size = len(payload) if len(payload) < _SHORT else _SHORT
    head = bytes([0x80 | opcode, size | (0x80 if masked else 0)])
    if size == _SHORT:
        head += len(payload).to_bytes(2, "big")
    if not masked:
        return head + payload
    key = os.urandom(4)
    return head + key + mask(payload, key)


def mask(payload: bytes, key: bytes) -> bytes:
    whole = (key * (len(payload) // 4 + 1))[: len(payload)]
    return (int.from_bytes(payload, "big") ^ int.from_bytes(whole, "big")).to_bytes(len(payload), "big")


async def read_frame(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    """Read one frame: its opcode and payload, unmasked; raises EOFError or ConnectionError."""
    first, second = await reader.readexactly(2)
    size = second & 0x7F
    if size == _SHORT:
        size = int.from_bytes(await reader.readexactly(2), "big")
    key = await reader.readexactly(4) if second & 0x80 else b""
    payload = await reader.readexactly(size)
    return first & 0x0F, mask(payload, key) if key else payload
