"""Why the registry does not do what it is asked. The text says what to do."""

from __future__ import annotations


class RegistryError(Exception):
    """The registry cannot be read or written at all; nothing in it has changed."""


class Absent(RegistryError):
    """There is no such function, version or alias."""


class Conflict(RegistryError):
    """What is there stands against it."""


class Busy(RegistryError):
    """Somebody else is changing the registry, or has changed it meanwhile."""


class Unsigned(RegistryError):
    """A signature is missing, is wrong, or is of nobody who is trusted."""


class Unfit(RegistryError):
    """What is asked for cannot be, whatever is there."""
