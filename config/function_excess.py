"""What a deploy asks for beyond what the configuration grants the function. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace

from config.function_allow import Allow
from config.function_limits import HOSTS_NAMES, FunctionLimits
from config.function_terms import Terms, lesser_allowance, lesser_limits
from wasm_host.functions.allowance import Allowance


def excess(allow: Allow | None, limits: FunctionLimits, most: Terms) -> Iterator[str]:
    """Yield the keys that the configuration would have to have, such as `allow.kv` and `limits.cpu`."""
    if allow is not None:
        yield from _more_allowed(allow.allowance(), most.allow)
    asked = replace(most.limits, **limits.given())
    lesser = lesser_limits(asked, most.limits)
    for key, name in HOSTS_NAMES.items():
        if getattr(asked, name) != getattr(lesser, name):
            yield f"limits.{key}"


def _more_allowed(asked: Allowance, most: Allowance) -> Iterator[str]:
    lesser = lesser_allowance(asked, most)
    for each in fields(Allowance):
        if getattr(asked, each.name) != getattr(lesser, each.name):
            yield f"allow.{each.name}"
