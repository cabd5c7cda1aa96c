"""What a successor gets from the process that started it: open sockets, and what is to stay as it is.

Its environment names one descriptor, the channel to its predecessor, where a first message waits that names the other
descriptors. So no secret stands in an environment, which others may read.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from proxy.control import FrameDecoder, Message, encode
from proxy.errors import StartError
from proxy.opened import Keeper, Opened
from proxy.sockets import of_descriptor

VARIABLE: Final = "PENSTOCK_PREDECESSOR"

NOT_ITS_OWN: Final = ("LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES", "WATCHDOG_PID", VARIABLE)
"""Where WATCHDOG_PID is missing, WATCHDOG_USEC is for whoever reads it (sd_watchdog_enabled(3))."""


@dataclass(frozen=True, slots=True)
class Bequest:
    """`generation` is the predecessor's, `ticket_key` what TLS sessions are resumed by."""

    generation: int
    ticket_key: bytes
    opened: Sequence[Opened]
    admin: Opened | None

    def descriptors(self) -> list[int]:
        everything = self.opened if self.admin is None else [*self.opened, self.admin]
        return [each.fileno() for opened in everything for each in opened.sockets]

    def leave(self, channel: socket.socket) -> None:
        """Write it where the successor will look, once it runs."""
        message = {
            "generation": self.generation,
            "ticket_key": self.ticket_key.hex(),
            "opened": [_described(each) for each in self.opened],
            "admin": None if self.admin is None else _described(self.admin),
        }
        channel.sendall(encode(message))

    @classmethod
    def take(cls, channel: socket.socket) -> Bequest:
        """Read what `leave` wrote; what it names is this process's own from now on. Raises StartError."""
        message = _first(channel)
        return cls(
            message["generation"],
            bytes.fromhex(message["ticket_key"]),
            [_taken(each) for each in message["opened"]],
            None if message["admin"] is None else _taken(message["admin"]),
        )


def _first(channel: socket.socket) -> Message:
    channel.setblocking(True)
    decoder = FrameDecoder()
    while data := channel.recv(65536):
        for message in decoder.feed(data):
            return message
    raise StartError("the predecessor ended before it said what it leaves")


def _described(opened: Opened) -> dict[str, Any]:
    return {
        "name": opened.name,
        "asked": opened.asked,
        "sockets": [each.fileno() for each in opened.sockets],
        "systemd": opened.keeper == "systemd",
    }


def _taken(described: Mapping[str, Any]) -> Opened:
    keeper: Keeper = "systemd" if described["systemd"] else "predecessor"
    sockets = tuple(of_descriptor(number) for number in described["sockets"])
    return Opened(described["name"], described["asked"], sockets, keeper)


def successors_environment(channel: socket.socket) -> dict[str, str]:
    """Return this process's environment and the variable that names the channel."""
    own = {name: value for name, value in os.environ.items() if name not in NOT_ITS_OWN}
    return {**own, VARIABLE: str(channel.fileno())}
