"""What to write into the configuration, so that it grants what a refused deploy asks for. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Final

import yaml

_KEY: Final = re.compile(r"\b(allow|limits)\.([a-z_]+)\b")
"""As the desk and the ABIs spell what is missing: `functions.named.hello.allow.kv`, `allow.kv`."""

_EXAMPLES: Final[Mapping[str, Any]] = {
    "http": {"hosts": ["api.example.com"]},
    "routes": ["NAME"],
    "secrets": ["NAME"],
}
"""What is no switch, where the function's file does not say what it should be."""


def grant(function: str, metadata: Mapping[str, Any], refusal: str) -> str:
    """Return the YAML that grants what a refusal names, as the function's own words have it; "" if it names nothing."""
    granted: dict[str, dict[str, Any]] = {}
    for block, key in dict.fromkeys(_KEY.findall(refusal)):
        said = (metadata.get(block) or {}).get(key, _EXAMPLES.get(key, True))
        granted.setdefault(block, {})[key] = said
    if not granted:
        return ""
    if secrets := granted.get("allow", {}).get("secrets"):
        granted["secrets"] = {name: f"${{{name}}}" for name in secrets}
    text: str = yaml.safe_dump({"functions": {"named": {function: granted}}}, sort_keys=False, default_flow_style=None)
    return text
