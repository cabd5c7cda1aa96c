"""What a worker inherits from the supervisor: its end of the control channel, and the listening sockets by name."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

VARIABLE: Final = "PENSTOCK_WORKER"
"""Names the inherited descriptors: {"control": 5, "listeners": {"public": 6}}."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    control: socket.socket
    listeners: Mapping[str, socket.socket]

    def descriptors(self) -> tuple[int, ...]:
        return (self.control.fileno(), *(listener.fileno() for listener in self.listeners.values()))

    def environment(self) -> dict[str, str]:
        """Return this process's environment and the variable that tells a worker its descriptors."""
        numbers = {name: listener.fileno() for name, listener in self.listeners.items()}
        return {**os.environ, VARIABLE: json.dumps({"control": self.control.fileno(), "listeners": numbers})}

    @classmethod
    def take(cls) -> Inheritance:
        """Return what this process was given, once; raises KeyError where no supervisor started it."""
        numbers = json.loads(os.environ.pop(VARIABLE))
        listeners = {name: _own(number) for name, number in numbers["listeners"].items()}
        return cls(_own(numbers["control"]), listeners)


def _own(number: int) -> socket.socket:
    os.set_inheritable(number, False)  # a filter's own child processes shall not keep our sockets open
    return socket.socket(fileno=number)
