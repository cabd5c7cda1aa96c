"""The PROXY protocol, versions 1 and 2: for whom a load balancer opened a connection (HAProxy's proxy-protocol.txt).

The header is the connection's first bytes. `header_length` says how many of them are its own, so that whoever reads
leaves all others, a TLS handshake or a request, where they are.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from struct import Struct
from typing import Final

SIGNATURE: Final = b"\r\n\r\n\x00\r\nQUIT\n"
_FIXED_BYTES: Final = 16
LONGEST_V1: Final = 107
LONGEST_V2: Final = 16 * 1024
"""The format allows 64 KiB; what is sent are addresses, a few names, and a client certificate at the most."""

_LINE = re.compile(rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]+) ([0-9A-Fa-f.:]+) ([0-9]{1,5}) ([0-9]{1,5})\r\n")
_LARGEST_PORT: Final = 65535

_LOCAL, _PROXY = 0, 1
_UNSPECIFIED, _INET, _INET6, _UNIX = 0, 1, 2, 3
_UNIX_PATHS_BYTES: Final = 216
_PLACES_V4 = Struct("!4s4sHH")
_PLACES_V6 = Struct("!16s16sHH")
_ITEM = Struct("!BH")


class HeaderFault(ValueError):
    """What comes is no PROXY header."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The two ends of the client's own connection; it came over a Unix socket where the addresses are empty."""

    address: str
    port: int
    local_address: str
    local_port: int


_NOWHERE: Final = Ends("", 0, "", 0)


def header_length(beginning: bytes) -> int | None:
    """Return how many bytes the header has that begins so, None while that cannot be told. Raises HeaderFault."""
    if beginning.startswith(SIGNATURE[: len(beginning)]):
        return _length_v2(beginning)
    if beginning.startswith(b"PROXY "[: len(beginning)]):
        return _length_v1(beginning)
    raise HeaderFault("the connection does not begin with a PROXY header")


def _length_v1(beginning: bytes) -> int | None:
    end = beginning.find(b"\r\n", 0, LONGEST_V1)
    if end >= 0:
        return end + 2
    if len(beginning) >= LONGEST_V1:
        raise HeaderFault(f"the line does not end within {LONGEST_V1} bytes")
    return None


def _length_v2(beginning: bytes) -> int | None:
    if len(beginning) < _FIXED_BYTES:
        return None
    if beginning[12] >> 4 != 2:
        raise HeaderFault(f"version {beginning[12] >> 4} is unknown")
    length = _FIXED_BYTES + int.from_bytes(beginning[14:16], "big")
    if length > LONGEST_V2:
        raise HeaderFault(f"the header is longer than {LONGEST_V2} bytes")
    return length


def parse(header: bytes) -> Ends | None:
    """Read a whole header; None where it speaks for nobody, and the peer is the client. Raises HeaderFault."""
    if header_length(header) != len(header):
        raise HeaderFault("the header is not whole")
    return _parse_v2(header) if header.startswith(SIGNATURE) else _parse_v1(header)


def _parse_v1(line: bytes) -> Ends | None:
    if line.startswith((b"PROXY UNKNOWN ", b"PROXY UNKNOWN\r\n")):
        return None  # Whatever else stands in the line is to be ignored (§2.1).
    found = _LINE.fullmatch(line)
    if found is None:
        raise HeaderFault("the line is not PROXY, TCP4 or TCP6, two addresses and two ports, or PROXY UNKNOWN")
    family, source, destination, source_port, destination_port = found.groups()
    written = _written_v4 if family == b"TCP4" else _written_v6
    return Ends(written(source), _port(source_port), written(destination), _port(destination_port))


def _written_v4(text: bytes) -> str:
    try:
        return str(IPv4Address(text.decode("ascii")))
    except AddressValueError as error:
        raise HeaderFault(f"not an IPv4 address: {error}") from None


def _written_v6(text: bytes) -> str:
    try:
        return _shown(IPv6Address(text.decode("ascii")))
    except AddressValueError as error:
        raise HeaderFault(f"not an IPv6 address: {error}") from None


def _shown(ip: IPv6Address) -> str:
    """Write an address as everything else here does: IPv4 in IPv6's clothes (RFC 4291 §2.5.5.2) is IPv4."""
    return str(ip.ipv4_mapped or ip)


def _port(digits: bytes) -> int:
    if int(digits) > _LARGEST_PORT:
        raise HeaderFault(f"port {int(digits)} is larger than {_LARGEST_PORT}")
    return int(digits)


def _parse_v2(header: bytes) -> Ends | None:
    command, family, transport = header[12] & 0x0F, header[13] >> 4, header[13] & 0x0F
    if command == _LOCAL:
        return None  # A health check of the load balancer's own: all that follows is to be discarded (§2.2).
    if command != _PROXY:
        raise HeaderFault(f"command {command} is unknown")
    if family > _UNIX or transport > 2 or (family == _UNSPECIFIED) != (transport == 0):
        raise HeaderFault(f"address family and transport {header[13]:#04x} are unknown")
    return None if family == _UNSPECIFIED else _ends(family, header[_FIXED_BYTES:])


def _ends(family: int, block: bytes) -> Ends:
    read, size = _PLACES[family]
    if len(block) < size:
        raise HeaderFault(f"{len(block)} bytes are too few for addresses of family {family}")
    _check_items(block[size:])
    return read(block[:size])


def _ends_v4(block: bytes) -> Ends:
    source, destination, source_port, destination_port = _PLACES_V4.unpack(block)
    return Ends(str(IPv4Address(source)), source_port, str(IPv4Address(destination)), destination_port)


def _ends_v6(block: bytes) -> Ends:
    source, destination, source_port, destination_port = _PLACES_V6.unpack(block)
    return Ends(_shown(IPv6Address(source)), source_port, _shown(IPv6Address(destination)), destination_port)


def _check_items(items: bytes) -> None:
    """See that the items of type, length and value fill the header; none of them is used."""
    at = 0
    while at < len(items):
        if len(items) - at < _ITEM.size:
            raise HeaderFault("the last item is cut short")
        at += _ITEM.size + _ITEM.unpack_from(items, at)[1]
    if at > len(items):
        raise HeaderFault("an item is longer than the header")


_PLACES: Final[dict[int, tuple[Callable[[bytes], Ends], int]]] = {
    _INET: (_ends_v4, _PLACES_V4.size),
    _INET6: (_ends_v6, _PLACES_V6.size),
    _UNIX: (lambda _: _NOWHERE, _UNIX_PATHS_BYTES),
}
