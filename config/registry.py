"""The filter types: name to class, imported when first used, so that no route pays for another's libraries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any, Final

from pydantic import BaseModel

from config.parts import Parts
from config.paths import ROOT, Path
from proxy.filter import Filter

TYPES: Final[Mapping[str, str]] = {
    "basic_auth": "filters.basic_auth:BasicAuthFilter",
    "client_certificate": "filters.client_certificate:ClientCertificateFilter",
    "compress": "filters.compress:CompressFilter",
    "cors": "filters.cors:CorsFilter",
    "function": "config.function_filter:FunctionType",
    "headers": "filters.headers:HeadersFilter",
    "ip_acl": "filters.ip_acl:IpAclFilter",
    "python": "filters.python:PythonFilter",
    "rate_limit": "filters.rate_limit:RateLimitFilter",
    "redirect": "filters.redirect:RedirectFilter",
    "respond": "filters.respond:RespondFilter",
    "rewrite": "filters.rewrite:RewriteFilter",
    "security_headers": "filters.security_headers:SecurityHeadersFilter",
    "waf": "config.waf:WafType",
    "wasm": "config.wasm:WasmType",
}

GUESTS: Final = frozenset({"waf", "wasm"})
"""Types whose filters are WASM guests."""

OF_ONE_GRAPH: Final = frozenset({"function"})
"""Types whose filters are nothing but the way to parts of a graph: the next one has its own."""


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
    is given the parts too, else by `build`, else by the class itself. `check` tells without one what is wrong,
    `handed_over` names options whose values the filter hands on, `files` the files that are read for one, and `code`
    returns what else it is made of.
    """
    module, _, attribute = TYPES[name].partition(":")
    return getattr(import_module(module), attribute)


def make_filter(type_name: str, name: str, options: BaseModel, parts: Parts, former: Sequence[Filter] = ()) -> Filter:
    """Make a filter; raises ValueError or StartError for what only shows to be wrong now.

    Of the `former` filters, those that the running graph has in its place, `assemble` may return one that is the same.
    """
    cls = filter_type(type_name)
    if hasattr(cls, "assemble"):
        assembled: Filter = cls.assemble(name, options, parts, former)
        return assembled
    made: Filter = getattr(cls, "build", cls)(name, options)
    return made


def made_of(type_name: str, options: BaseModel) -> object:
    """Return what equals that of another filter of this type exactly if both would be the same; raises ValueError."""
    code: Callable[[BaseModel], object] | None = getattr(filter_type(type_name), "code", None)
    return options if code is None else (options, code(options))


def check_filter(type_name: str, name: str, options: BaseModel, parts: Parts) -> None:
    """See whether a filter can be made; raises ValueError, or Unfit, for what only shows to be wrong now."""
    check = getattr(filter_type(type_name), "check", None)
    if check is None:
        make_filter(type_name, name, options, parts)
    else:
        check(name, options, parts)
