"""Which IP addresses may be connected to: the public ones, and private ones in networks that the operator names.

The table stands here, not in `ipaddress.is_global`, whose answers differ between versions of Python, and which counts
as global what only looks so.
"""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final, TypeAlias

Ip: TypeAlias = IPv4Address | IPv6Address

# The registries of RFC 6890 as IANA keeps them: all that is not globally reachable, or is so for one protocol alone.
_PRIVATE_V4: Final = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network; Linux takes 0.0.0.0 for the machine itself
            "10.0.0.0/8",
            "100.64.0.0/10",  # shared by carriers (RFC 6598), and by clouds for their own services
            "127.0.0.0/8",
            "168.63.129.16/32",  # looks public, is the platform of every machine in Azure
            "169.254.0.0/16",  # link-local; where clouds answer with credentials
            "172.16.0.0/12",
            "192.0.0.0/24",
            "192.0.2.0/24",
            "192.88.99.0/24",  # relays of 6to4, gone (RFC 7526)
            "192.168.0.0/16",
            "198.18.0.0/15",
            "198.51.100.0/24",
            "203.0.113.0/24",
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and the broadcast address
        ),
    )
)

_GLOBAL_UNICAST: Final = IPv6Network("2000::/3")
"""All that IANA has given out. Outside it are loopback, ULA, link- and site-local, multicast, and `::a.b.c.d`."""
_PRIVATE_IN_GLOBAL: Final = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # protocols' own: Teredo, benchmarks, ORCHID
            "2001:db8::/32",
            "3fff::/20",  # documentation (RFC 9637)
        ),
    )
)
_NAT64: Final = IPv6Network("64:ff9b::/96")
"""The well-known prefix (RFC 6052 §2.1), in which DNS64 answers; others are the network's own, and so private."""
_6TO4: Final = IPv6Network("2002::/16")


class Reach:
    """Judges addresses. `networks` are private ones that may be reached all the same; raises ValueError for others."""

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(map(ip_network, networks))

    def admits(self, address: str) -> bool:
        """Tell whether an address, as the system spells it, may be connected to. One with a zone never may."""
        try:
            ip = as_connected(ip_address(address))
        except ValueError:
            return False
        if "%" in address:
            return False
        return any(ip in network for network in self._networks) or is_public(ip)


def as_connected(ip: Ip) -> Ip:
    """Return where a connection to an address goes: of an IPv4-mapped one, to the IPv4 address (RFC 4291 §2.5.5.2)."""
    return getattr(ip, "ipv4_mapped", None) or ip


def is_public(ip: Ip) -> bool:
    """Tell whether an address is the Internet's; one that carries an IPv4 address is what that is."""
    if isinstance(ip, IPv4Address):
        return not any(ip in network for network in _PRIVATE_V4)
    if ip.ipv4_mapped is not None:
        return is_public(ip.ipv4_mapped)
    if ip in _NAT64:
        return is_public(IPv4Address(int(ip) & 0xFFFFFFFF))
    if ip in _6TO4:
        return is_public(IPv4Address(int(ip) >> 80 & 0xFFFFFFFF))
    return ip in _GLOBAL_UNICAST and not any(ip in network for network in _PRIVATE_IN_GLOBAL)
