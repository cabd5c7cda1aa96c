"""The filter type `function`: an edge function in a route's chain."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from config.function_options import FunctionFilterOptions
from config.function_origins import sticky_by
from config.parts import Parts
from proxy.filter import Filter
from wasm_host.functions.filter import FunctionFilter


class FunctionType:
    """Makes filters that are no more than the way to a function: what of it lasts is the function's."""

    type_name: ClassVar[str] = "function"
    Options: ClassVar = FunctionFilterOptions

    @classmethod
    def assemble(cls, name: str, options: FunctionFilterOptions, parts: Parts, former: Sequence[Filter] = ()) -> Filter:
        found = None if parts.functions is None else parts.functions.catalogue.find(options.function, options.alias)
        return FunctionFilter(name, options.function, found, sticky_by(options.sticky))
