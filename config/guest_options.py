"""What the YAML says alike of all WASM guests: where the module is, and what it is configured with."""

from __future__ import annotations

import json
from typing import Annotated, Literal

from pydantic import BeforeValidator, StringConstraints, WithJsonSchema

from config.model import Model
from config.values import Text


def parse_handed_over(value: object) -> bytes:
    """Turn what a guest is configured with into the bytes that it gets: a mapping as JSON, text as it is."""
    if isinstance(value, str):
        return value.encode()
    if isinstance(value, dict):
        return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()
    raise ValueError("give a mapping, which the guest gets as JSON, or text, which it gets as it is")


HandedOver = Annotated[
    bytes,
    BeforeValidator(parse_handed_over),
    WithJsonSchema({"type": ["object", "string"], "description": "a mapping is handed over as JSON, text as it is"}),
]
Sha256 = Annotated[str, StringConstraints(strict=True, to_lower=True, pattern=r"^[0-9a-fA-F]{64}$")]
LogLevel = Literal["trace", "debug", "info", "warn", "error", "critical"]


class ModuleFile(Model):
    path: Text
    sha256: Sha256 | None = None
