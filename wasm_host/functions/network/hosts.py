"""The list of hosts that a function may ask."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from proxy.authority import DEFAULT_PORTS
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.target import Target, is_ip, read_authority


@dataclass(frozen=True, slots=True)
class HostPattern:
    """A host, or with `below` every name under one. Without a port the scheme's own is meant."""

    name: str
    below: bool
    port: int | None

    @classmethod
    def parse(cls, text: str) -> HostPattern:
        """Read `api.example.com`, `*.example.com`, `[2001:db8::1]`, each with `:port` or without; raises ValueError."""
        below = text.startswith("*.")
        try:
            name, port = read_authority(text[2:] if below else text)
        except HostcallFailed as error:
            raise ValueError(f"{text!r} is not a host, nor one behind '*.': {error}") from error
        if below and is_ip(name):
            raise ValueError(f"{text!r}: there is nothing below an address")
        return cls(name, below, port)

    def fits(self, target: Target) -> bool:
        port = DEFAULT_PORTS[target.scheme] if self.port is None else self.port
        if target.port != port:
            return False
        return target.host.endswith(f".{self.name}") if self.below else target.host == self.name


class AllowList:
    """Raises ValueError for what is no pattern. `plain` lets requests without TLS through."""

    def __init__(self, patterns: Iterable[str], *, plain: bool = False) -> None:
        self._patterns = tuple(map(HostPattern.parse, patterns))
        self._plain = plain

    def check(self, target: Target) -> None:
        """Raise HostcallFailed for a target that is not on the list."""
        if target.scheme != "https" and not self._plain:
            raise HostcallFailed("not_allowed", f"{target.authority}: only https: is allowed")
        if not any(pattern.fits(target) for pattern in self._patterns):
            raise HostcallFailed("not_allowed", f"{target.host}:{target.port} is not among the hosts allowed")
