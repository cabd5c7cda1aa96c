"""What is open for a listener, and which of the sockets that are open a listener takes."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

from proxy.sockets import bound_address
from proxy.upstream.address import Address

Keeper: TypeAlias = Literal["nobody", "systemd", "predecessor"]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """The open sockets of one listener: one for each worker, or fewer, which the workers then share.

    `asked` is the address as configured, `address` where it is. `keeper` has them when this process ends; where that is
    systemd, what waits in them is served after the next start.
    """

    name: str
    asked: str
    sockets: tuple[socket.socket, ...]
    keeper: Keeper = "nobody"

    @property
    def lent(self) -> bool:
        """Tell whether this process's end is not theirs."""
        return self.keeper != "nobody"

    @property
    def address(self) -> Address:
        return bound_address(self.sockets[0])

    def of_worker(self, number: int) -> socket.socket:
        return self.sockets[number % len(self.sockets)]


Kinship: TypeAlias = Callable[[str, str, Opened], bool]
"""Tells whether a listener, its name and address as configured, may take what is open."""

KINSHIPS: Final[Sequence[Kinship]] = (
    lambda name, asked, opened: (opened.name, opened.asked) == (name, asked),
    lambda name, _, opened: (
        opened.keeper == "systemd" and opened.name == name
    ),  # FileDescriptorName=, systemd.socket(5)
    lambda _, asked, opened: opened.asked == asked,  # it was renamed; port 0 is the port it got
    lambda _, asked, opened: opened.address == Address.parse(asked),
)
"""The closest first."""


def claims(listeners: Mapping[str, str], opened: Sequence[Opened]) -> dict[str, Opened]:
    """Return for each listener what is open already; the closest kin choose first, and each is taken once."""
    free = list(opened)
    claimed: dict[str, Opened] = {}
    for akin in KINSHIPS:
        for name, asked in listeners.items():
            found = None if name in claimed else next((each for each in free if akin(name, asked, each)), None)
            if found is not None:
                claimed[name] = found
                free.remove(found)
    return claimed
