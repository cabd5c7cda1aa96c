"""PROXY headers, as a load balancer writes them."""

from __future__ import annotations

import socket
import struct
from ipaddress import ip_address
from typing import Final

SIGNATURE: Final = bytes.fromhex("0d0a0d0a000d0a515549540a")


def line(source: str, port: int, destination: str, destination_port: int) -> bytes:
    """Write a header of version 1."""
    family = "TCP4" if ip_address(source).version == 4 else "TCP6"
    return f"PROXY {family} {source} {destination} {port} {destination_port}\r\n".encode()


def block(source: str, port: int, destination: str, destination_port: int, items: bytes = b"") -> bytes:
    """Write a header of version 2."""
    version = ip_address(source).version
    family = {4: socket.AF_INET, 6: socket.AF_INET6}[version]
    places = b"".join(socket.inet_pton(family, each) for each in (source, destination))
    return raw(0x21, {4: 0x11, 6: 0x21}[version], places + struct.pack("!HH", port, destination_port) + items)


def local() -> bytes:
    """Write the header of a health check: the load balancer speaks for itself."""
    return raw(0x20, 0x00, b"")


def item(kind: int, value: bytes) -> bytes:
    return struct.pack("!BH", kind, len(value)) + value


def raw(version_and_command: int, family_and_transport: int, content: bytes) -> bytes:
    head = struct.pack("!BBH", version_and_command, family_and_transport, len(content))
    return SIGNATURE + head + content
