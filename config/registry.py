"""The filter types: name to class, imported when first used, so that no route pays for another's libraries."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pydantic import BaseModel

from config.parts import Parts
from config.paths import ROOT, Path
from proxy.filter import Filter

TYPES: Final[Mapping[str, str]] = {
    "basic_auth": "filters.basic_auth:BasicAuthFilter",
    "compress": "filters.compress:CompressFilter",
    "cors": "filters.cors:CorsFilter",
    "headers": "filters.headers:HeadersFilter",
    "ip_acl": "filters.ip_acl:IpAclFilter",
    "python": "filters.python:PythonFilter",
    "rate_limit": "filters.rate_limit:RateLimitFilter",
    "redirect": "filters.redirect:RedirectFilter",
    "respond": "filters.respond:RespondFilter",
    "rewrite": "filters.rewrite:RewriteFilter",
    "waf": "config.waf:WafType",
    "wasm": "config.wasm:WasmType",
}

GUESTS: Final = frozenset({"waf", "wasm"})
"""Types whose filters are WASM guests."""


class Unfit(ValueError):
    """Options that are well-formed, but nothing can be made of them; `inside` is which one is to blame.

    Several are raised together in an ExceptionGroup.
    """

    def __init__(self, message: str, inside: Path = ROOT) -> None:
        super().__init__(message)
        self.inside = inside


def filter_type(name: str) -> Any:
    """Return the class of a type; raises KeyError for a name that is none.

    It has `type_name` and the pydantic model `Options`. A filter is made of a name and options: by `assemble`, which
    is given the parts too, else by `build`, else by the class itself. `check` tells without one what is wrong, and
    `handed_over` names options whose values the filter hands on.
    """
    module, _, attribute = TYPES[name].partition(":")
    return getattr(import_module(module), attribute)


def make_filter(type_name: str, name: str, options: BaseModel, parts: Parts) -> Filter:
    """Make a filter; raises ValueError or StartError for what only shows to be wrong now."""
    cls = filter_type(type_name)
    assembled = hasattr(cls, "assemble")
    made: Filter = cls.assemble(name, options, parts) if assembled else getattr(cls, "build", cls)(name, options)
    return made


def check_filter(type_name: str, name: str, options: BaseModel, parts: Parts) -> None:
    """See whether a filter can be made; raises ValueError, or Unfit, for what only shows to be wrong now."""
    check = getattr(filter_type(type_name), "check", None)
    if check is None:
        make_filter(type_name, name, options, parts)
    else:
        check(name, options, parts)
