"""Which certificates are for which name: exact names and wildcards of one label (RFC 6125 §6.4.3)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

Group: TypeAlias = tuple[int, ...]
"""Places of certificates that are shown together: one of each kind of key, and the client's offer chooses."""


@dataclass(frozen=True, slots=True)
class Leaf:
    """What a server's own certificate says: its lower-case DNS names, the kind of its key, when it ends in Unix time.

    OpenSSL keeps one certificate of each kind of key in a context: `RSA`, `EC`, `Ed25519`, `Ed448`.
    """

    names: frozenset[str]
    kind: str
    not_after: float


def covers(pattern: str, name: str) -> bool:
    """Tell whether a certificate's name is, or as a wildcard stands for, a host's name."""
    return pattern == name or (pattern.startswith("*.") and pattern == wildcard_of(name))


def wildcard_of(name: str) -> str:
    """Return the only wildcard that covers a name."""
    return f"*.{name.partition('.')[2]}"


class NameTable:
    """Finds the certificates for the name that a client asks for; earlier certificates go before later ones."""

    def __init__(self, leaves: Sequence[Leaf]) -> None:
        first = leaves[0].names
        alike = [place for place, leaf in enumerate(leaves) if first == leaf.names or (first and first < leaf.names)]
        self.default = _one_of_each_kind(leaves, alike)
        self._by_name: dict[str, Group] = {}
        for name in frozenset[str]().union(*(leaf.names for leaf in leaves)):
            exact = [place for place, leaf in enumerate(leaves) if name in leaf.names]
            wild = [place for place, leaf in enumerate(leaves) if wildcard_of(name) in leaf.names]
            self._by_name[name] = _one_of_each_kind(leaves, [*exact, *wild])

    @property
    def groups(self) -> set[Group]:
        return {self.default, *self._by_name.values()}

    def find(self, name: str) -> Group | None:
        """Return the group for a name as a client spelled it."""
        name = name.lower()
        return self._by_name.get(name) or self._by_name.get(wildcard_of(name))


def _one_of_each_kind(leaves: Sequence[Leaf], places: Sequence[int]) -> Group:
    first: dict[str, int] = {}
    for place in places:
        first.setdefault(leaves[place].kind, place)
    return tuple(sorted(first.values()))
