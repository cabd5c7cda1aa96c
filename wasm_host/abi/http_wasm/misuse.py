"""What the ABI answers with a trap: it has no error codes."""

from __future__ import annotations

from proxy.errors import GuestTrap


class Misuse(GuestTrap):
    """A guest asked for what cannot be, or not now."""

    reason = "hostcall_misuse"
