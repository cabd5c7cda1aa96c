"""What the configuration says of deploying functions; the desk asks nothing else of it."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from config.function_terms import Terms
from wasm_host.functions.allowance import Allowance, HttpAllowance
from wasm_host.functions.registry.trust import Trust
from wasm_host.functions.settings import FunctionLimits


@dataclass(frozen=True, slots=True)
class DeskSettings:
    """`named` are the terms of functions that have their own; `from_files` are those whose module the YAML names.

    `routes` has for each function and alias that a route names such a route. Without keys in `trust` no signature is
    wanted. `pull` is whence modules may be pulled. `configurations` are for deploys that bring none.
    """

    store: pathlib.Path
    defaults: Terms = Terms(Allowance(), FunctionLimits())  # noqa: RUF009 - frozen
    named: Mapping[str, Terms] = field(default_factory=dict)
    from_files: frozenset[str] = frozenset()
    routes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    trust: Trust = Trust()  # noqa: RUF009 - frozen
    pull: HttpAllowance | None = None
    configurations: Mapping[str, bytes] = field(default_factory=dict)

    def terms(self, name: str) -> Terms:
        return self.named.get(name, self.defaults)
