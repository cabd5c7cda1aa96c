"""What answers where a route ends in a function, by itself and behind a cache."""

from __future__ import annotations

from typing import TypeAlias

from config.hash_by import HashBy
from config.schema import Route
from wasm_host.functions.catalogue import Catalogue
from wasm_host.functions.deployment import Sticky
from wasm_host.functions.origin import FunctionOrigin, FunctionsByPath

AnyFunctionOrigin: TypeAlias = FunctionOrigin | FunctionsByPath


def function_origin(route: Route, catalogue: Catalogue) -> AnyFunctionOrigin:
    """Return the origin of a route that ends in a function."""
    called, path = route.function, route.match.path
    assert called is not None
    sticky = sticky_by(called.sticky)
    if called.name is not None:
        return FunctionOrigin(called.name, catalogue.find(called.name, called.alias), sticky)
    assert path is not None
    assert path.prefix is not None, "the schema wants it"
    return FunctionsByPath(catalogue, path.prefix, called.alias, sticky)


def sticky_by(by: HashBy | None) -> Sticky | None:
    """Return what keeps a client on a version."""
    if by is None or by.client:
        return None if by is None else Sticky("client")
    return Sticky("header", by.header) if by.header is not None else Sticky("cookie", by.cookie or "")
