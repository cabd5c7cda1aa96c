"""What a worker inherits from the supervisor: its ends of two channels, and the listening sockets by name."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from proxy.sockets import of_descriptor

VARIABLE: Final = "PENSTOCK_WORKER"
"""Names the inherited descriptors: {"control": 5, "handover": 6, "listeners": {"public": 7}}."""


@dataclass(frozen=True, slots=True)
class Inheritance:
    """`control` is for messages (proxy/control.py), `handover` for sockets that come later (proxy/handover.py)."""

    control: socket.socket
    handover: socket.socket
    listeners: Mapping[str, socket.socket]

    def descriptors(self) -> tuple[int, ...]:
        listeners = (listener.fileno() for listener in self.listeners.values())
        return (self.control.fileno(), self.handover.fileno(), *listeners)

    def environment(self) -> dict[str, str]:
        """Return this process's environment and the variable that tells a worker its descriptors."""
        numbers = {
            "control": self.control.fileno(),
            "handover": self.handover.fileno(),
            "listeners": {name: listener.fileno() for name, listener in self.listeners.items()},
        }
        return {**os.environ, VARIABLE: json.dumps(numbers)}

    @classmethod
    def take(cls) -> Inheritance:
        """Return what this process was given, once; raises KeyError where no supervisor started it."""
        numbers = json.loads(os.environ.pop(VARIABLE))
        listeners = {name: of_descriptor(number) for name, number in numbers["listeners"].items()}
        return cls(of_descriptor(numbers["control"]), of_descriptor(numbers["handover"]), listeners)
