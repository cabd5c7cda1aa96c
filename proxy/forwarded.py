"""Who the client is, and what the origin is told about it: X-Forwarded-*, Forwarded (RFC 7239) and Via.

What a client says of itself is believed only from a trusted hop; from anybody else those fields are dropped.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from dataclasses import replace

from proxy.exchange import Client
from proxy.messages import NAME_OF, value_of

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_HOST = re.compile(rb"[A-Za-z0-9.\-_:\[\]]{1,255}\Z")


def is_trusted(address: str, hops: Sequence[Network]) -> bool:
    if not hops:
        return False
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    mapped = getattr(ip, "ipv4_mapped", None)
    return any((mapped or ip) in hop for hop in hops)


def behind_trusted_hop(client: Client, said: Sequence[bytes], hops: Sequence[Network]) -> Client:
    """Return the client that a trusted hop speaks for: the last address in X-Forwarded-For that is no trusted hop."""
    chain = _addresses(said)
    for address in reversed(chain):
        if not is_trusted(address, hops):
            break
    else:
        return client if not chain else replace(client, address=chain[0], port=0)
    return replace(client, address=address, port=0)


def _addresses(said: Sequence[bytes]) -> list[str]:
    """Return the valid addresses of X-Forwarded-For in order; what stands before an invalid one is not believed."""
    addresses: list[str] = []
    for part in b",".join(_values(said, b"x-forwarded-for")).split(b","):
        text = part.strip(b" \t").decode("latin-1")
        try:
            addresses.append(str(ipaddress.ip_address(text)))
        except ValueError:
            addresses.clear()
    return addresses


def _values(said: Sequence[bytes], lower_name: bytes) -> list[bytes]:
    return [value_of(line) for line in said if NAME_OF[line] == lower_name]


def said_scheme(said: Sequence[bytes]) -> str | None:
    """Return the scheme that a trusted hop reports."""
    value = _last(said, b"x-forwarded-proto").lower()
    return value.decode() if value in (b"http", b"https") else None


def _last(said: Sequence[bytes], lower_name: bytes) -> bytes:
    values = _values(said, lower_name)
    return values[-1].rpartition(b",")[2].strip(b" \t") if values else b""


def fresh_fields(peer: str, scheme: str, authority: str, via: str) -> list[bytes]:
    """Return the fields for a client that came to us directly."""
    host = authority.encode("latin-1")
    return [
        b"X-Forwarded-For: " + peer.encode(),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + host,
        b"Forwarded: " + _element(peer, scheme, host),
        b"Via: " + via.encode(),
    ]


def extended_fields(said: Sequence[bytes], peer: str, scheme: str, authority: str, via: str) -> list[bytes]:
    """Return the fields for a request from a trusted hop: its own, with our peer appended."""
    host = _last(said, b"x-forwarded-host")
    host = host if _HOST.match(host) else authority.encode("latin-1")
    through = filter(None, _values(said, b"x-forwarded-for"))
    forwarded = filter(None, _values(said, b"forwarded"))
    return [
        b"X-Forwarded-For: " + b", ".join([*through, peer.encode()]),
        b"X-Forwarded-Proto: " + scheme.encode(),
        b"X-Forwarded-Host: " + host,
        b"Forwarded: " + b", ".join([*forwarded, _element(peer, scheme, host)]),
        b"Via: " + via.encode(),
    ]


def _element(peer: str, scheme: str, host: bytes) -> bytes:
    """Return one element of Forwarded; an IPv6 address is bracketed and quoted (RFC 7239 §6)."""
    node = f'"[{peer}]"' if ":" in peer else peer or "unknown"
    return b'for=%b;host="%b";proto=%b' % (node.encode(), host, scheme.encode())
