"""One version of a function: a module with its settings, named by the hash of both. Pure."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wasm_host.functions.registry.canonical import canonical

ID_LENGTH: Final = 16
"""Of 64 hex digits: enough that no two of a function's versions meet, and short enough to be copied by hand."""

DEFAULTS: Final[Mapping[str, Any]] = {
    "entry": None,
    "form": None,
    "input": "request",
    "allow": None,
    "limits": {},
    "config": {},
    "log_level": "info",
}
"""What a version's settings are where a deploy does not say."""


def settings_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Return the part of a deploy's metadata that makes a version what it is, spelled as there; null is the default."""
    return {key: default if metadata.get(key) is None else metadata[key] for key, default in DEFAULTS.items()}


def version_id(module: str, settings: Mapping[str, Any]) -> str:
    """Name a version; `module` is the SHA-256 of its module. Raises ValueError for settings that are no JSON."""
    return hashlib.sha256(canonical({"module": module, "settings": settings})).hexdigest()[:ID_LENGTH]


@dataclass(frozen=True, slots=True)
class Signature:
    """`key` is a name in the trust list, `value` base64."""

    key: str
    value: str


@dataclass(frozen=True, slots=True)
class Deployed:
    """What a deploy brings: `module` is the SHA-256 of the module, `size` its bytes."""

    function: str
    module: str
    size: int
    abi: str
    settings: Mapping[str, Any]
    description: str = ""
    who: str = ""
    signature: Signature | None = None

    @property
    def id(self) -> str:
        return version_id(self.module, self.settings)


@dataclass(frozen=True, slots=True)
class Version:
    """A version in the registry; `number` counts a function's versions from 1, `created_at` is seconds since 1970."""

    id: str
    number: int
    created_at: float
    deployed: Deployed

    def told(self) -> dict[str, Any]:
        """Return it as JSON for people."""
        deployed = self.deployed
        return {
            "version": self.id,
            "number": self.number,
            "sha256": deployed.module,
            "size": deployed.size,
            "abi": deployed.abi,
            "created_at": self.created_at,
            "who": deployed.who,
            "key": deployed.signature.key if deployed.signature else None,
            "description": deployed.description,
            "settings": dict(deployed.settings),
        }
