"""How often an address may fail to say who it is, before it has to wait."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from ipaddress import ip_address, ip_network
from typing import Final

from proxy.runtime import monotonic

BURST: Final = 10
EVERY_S: Final = 6.0
"""Ten at once, and then ten a minute."""

MOST_ADDRESSES: Final = 1024
"""Those that failed longest ago are forgotten first."""


class Attempts:
    """Failures by address, of IPv6 by network, as a leaky bucket that empties by one every six seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._empty_at: OrderedDict[str, float] = OrderedDict()

    def wait_s(self, address: str) -> float:
        """Return how long an address has to wait before it may try again, 0 where it need not."""
        empty_at = self._empty_at.get(_source(address), 0.0)
        return max(0.0, empty_at - self._clock() - (BURST - 1) * EVERY_S)

    def failed(self, address: str) -> None:
        """Note a failure."""
        source, now = _source(address), self._clock()
        self._empty_at[source] = max(now, self._empty_at.pop(source, now)) + EVERY_S
        if len(self._empty_at) > MOST_ADDRESSES:
            self._empty_at.popitem(last=False)


def _source(address: str) -> str:
    """Return what one client can hardly have many of: an IPv4 address, or a network of 64 bits (RFC 4291 §2.5.4)."""
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return address
    return str(found) if found.version == 4 else str(ip_network((int(found), 64), strict=False))
