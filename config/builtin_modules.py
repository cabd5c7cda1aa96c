"""Modules that come with Penstock, and lie in filters/wasm."""

from __future__ import annotations

import pathlib
from importlib.resources import as_file, files
from typing import Final

from config.problems import nearest
from proxy.errors import AbiMismatch

BUILTIN: Final = "builtin:"
"""Begins the path of such a module; those of edge functions are `builtin:functions/….wasm`."""

_PLACES: Final = ("", "functions/")


def located(path: str, directory: pathlib.Path) -> pathlib.Path:
    """Return where a module lies; raises AbiMismatch for one that does not come with Penstock."""
    if not path.startswith(BUILTIN):
        return directory / path
    name, ours = path.removeprefix(BUILTIN), files("filters") / "wasm"
    names = [f"{place}{each.name}" for place in _PLACES for each in (ours / place).iterdir()]
    names = [each for each in names if each.endswith(".wasm")]
    if name not in names:
        raise AbiMismatch(f"no module '{name}' comes with Penstock{nearest(name, names)}")
    with as_file(ours / name) as found:  # Installed packages lie unpacked.
        return found
