"""The filter types: name to class, imported when first used, so that no route pays for another's libraries."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import Any, Final

from pydantic import BaseModel

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
}


def filter_type(name: str) -> Any:
    """Return the class of a type; raises KeyError for a name that is none.

    It has `type_name`, the pydantic model `Options`, and is made of a name and options, by `build` where it has that.
    """
    module, _, attribute = TYPES[name].partition(":")
    return getattr(import_module(module), attribute)


def make_filter(type_name: str, name: str, options: BaseModel) -> Filter:
    """Make a filter; raises ValueError for what only shows to be wrong now."""
    cls = filter_type(type_name)
    made: Filter = getattr(cls, "build", cls)(name, options)
    return made
