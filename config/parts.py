"""What the filters of one worker are made of, besides their options."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from proxy.metrics import Registry
from proxy.upstream.upstream import Upstream

if TYPE_CHECKING:
    from config.functions import EdgeFunctions
    from config.wasm_filters import WasmFilters


@dataclass(slots=True)
class Parts:
    """`directory` is where paths start from; `wasm` comes into being with the first filter that is a WASM guest.

    `former` is the `wasm` of the graph that runs, if there is one. `functions` are the graph's, if it has any.
    """

    directory: pathlib.Path
    registry: Registry
    upstreams: Mapping[str, Upstream]
    wasm: WasmFilters | None = None
    former: WasmFilters | None = None
    functions: EdgeFunctions | None = None
