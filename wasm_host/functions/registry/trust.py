"""Whose signatures count, and what they are made over. Keys come from the configuration only, never with a deploy.

The message is text: a word for what is signed, the function's name, the SHA-256 of the module and the settings as
canonical JSON, each on a line of its own. So a signature is good for this function with these settings and no other.
Ed25519: RFC 8032.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from wasm_host.functions.registry.canonical import canonical
from wasm_host.functions.registry.errors import Unsigned
from wasm_host.functions.registry.version import Deployed, Signature

DOMAIN: Final = b"penstock edge function, version 1"
SIGNATURE_BYTES: Final = 64
"""RFC 8032 §5.1.6."""


def message(function: str, module: str, settings: Mapping[str, Any]) -> bytes:
    """Return what is signed; `settings` are all of them (`settings_of`). Raises ValueError where they are no JSON."""
    return b"\n".join([DOMAIN, function.encode(), module.encode(), canonical(settings)])


def checked_signature(text: object) -> str:
    """Return a signature in base64 that may be one; raises ValueError."""
    try:
        found = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        found = b""
    if len(found) != SIGNATURE_BYTES or not isinstance(text, str):
        raise ValueError(f"not an Ed25519 signature; write its {SIGNATURE_BYTES} bytes in base64, 88 characters")
    return text


@dataclass(frozen=True, slots=True)
class Trust:
    """Keys by their names. Without any, nothing needs a signature, and none is looked at."""

    keys: Mapping[str, Ed25519PublicKey] = field(default_factory=dict)

    def check(self, deployed: Deployed) -> None:
        """Raise Unsigned unless somebody who is trusted has signed it."""
        if not self.keys:
            return
        signature = deployed.signature
        if signature is None:
            raise Unsigned(
                f"{deployed.function} is not signed, and functions.trust wants a signature by {self._names}: "
                "deploy it with `signature: {key, value}`"
            )
        key = self.keys.get(signature.key)
        if key is None:
            raise Unsigned(f"no key '{signature.key}' is trusted; functions.trust.keys has {self._names}")
        self._verify(key, signature, deployed)

    def _verify(self, key: Ed25519PublicKey, signature: Signature, deployed: Deployed) -> None:
        try:
            value = base64.b64decode(signature.value, validate=True)
            signed = message(deployed.function, deployed.module, deployed.settings)
            key.verify(value, signed)
        except (InvalidSignature, ValueError) as error:
            raise Unsigned(
                f"the signature is not by '{signature.key}' for this module, name and settings: "
                "sign anew after each change of them"
            ) from error

    @property
    def _names(self) -> str:
        return ", ".join(f"'{name}'" for name in sorted(self.keys))
