"""Authorities: the value of Host, and what stands between `//` and the path of an absolute target."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from ipaddress import AddressValueError, IPv6Address
from typing import Final

from proxy.errors import BadRequest

DEFAULT_PORTS: Final = {"http": 80, "https": 443}

_LONGEST_BYTES = 261  # 255 of a name (RFC 3986 §3.2.2), a colon, five digits of a port
_LARGEST_PORT = 65535

# RFC 3986 §3.2.2 less two things: the comma, which joins repeated Host lines, and percent-encoding, which would give
# a host a second spelling. A label is never empty, but one dot may end the name.
_LABEL = r"[A-Za-z0-9\-_~!$&'()*+;=]+"
_AUTHORITY = re.compile(rf"(?:({_LABEL}(?:\.{_LABEL})*)\.?|\[([0-9A-Fa-f:.]+)\])(?::([0-9]{{1,5}}))?")


@dataclass(frozen=True, slots=True)
class Host:
    """A host in its one spelling: lower case, no trailing dot, IPv6 compressed and in brackets.

    `authority` is `host` and the port that was given, as it goes upstream.
    """

    authority: str
    host: str
    port: int | None


@lru_cache(maxsize=1024)  # few hosts, many requests: 1.6 µs become 0.1; what is refused is not remembered
def parse_host(value: bytes) -> Host:
    """Read a Host value, without the whitespace around it; raises BadRequest."""
    found = _AUTHORITY.fullmatch(value.decode("latin-1")) if len(value) <= _LONGEST_BYTES else None
    if found is None:
        raise BadRequest(f"not a host with an optional port: {value[:_LONGEST_BYTES]!r}", reason="host")
    name, ip, digits = found.groups()
    host = name.lower() if name is not None else _bracketed(ip)
    port = int(digits) if digits else None
    if port is not None and port > _LARGEST_PORT:
        raise BadRequest(f"port {port} is larger than {_LARGEST_PORT}", reason="host")
    return Host(host if port is None else f"{host}:{port}", host, port)


def _bracketed(ip: str) -> str:
    try:
        return f"[{IPv6Address(ip)}]"
    except AddressValueError as exc:
        raise BadRequest(f"not an IPv6 address: [{ip}]", reason="host") from exc


def same_authority(one: str, other: str, scheme: str) -> bool:
    """Tell whether two authorities name the same host and port; a scheme's default port may be left out."""
    return _endpoint(one, scheme) == _endpoint(other, scheme)


def _endpoint(authority: str, scheme: str) -> tuple[str, int | None]:
    host = parse_host(authority.encode("latin-1", "replace"))
    return host.host, host.port if host.port is not None else DEFAULT_PORTS.get(scheme)
