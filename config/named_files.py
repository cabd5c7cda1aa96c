"""The files that a configuration names and that are read for it: certificates, modules, rules, pages, secrets."""

from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from config.builtin_modules import BUILTIN
from config.own_modules import sources
from config.paths import Path, walk
from config.registry import filter_type

if TYPE_CHECKING:
    from config.configuration import Configuration

_WITH_PEM: Final = frozenset({"listeners", "upstreams", "caches", "admin"})
_PEM: Final = frozenset({"ca", "cert", "key"})
"""Keys whose values are PEM files wherever they stand in those sections."""


@dataclass(frozen=True, slots=True)
class NamedFile:
    """A file, and the path of the value that names it; `name` is relative to the configuration's directory."""

    path: Path
    name: str


def named_files(configuration: Configuration) -> Iterator[NamedFile]:
    """Yield every file that is named; a `python` filter's module and those that it imports are named by it."""
    data = configuration.document.data
    yield from (NamedFile(path, value) for path, value in walk(data) if _names_file(path, value))
    yield from (NamedFile(path, name) for path, name in configuration.secrets.files.items())
    for spot in configuration.spots:
        options = configuration.options[spot.path]
        for inside, name in getattr(filter_type(spot.type_name), "files", _none)(options):
            yield NamedFile(spot.place(inside), name)
        if spot.type_name == "python":
            module = Path(("module",))
            for file in sources(_module_of(options), configuration.directory):
                yield NamedFile(spot.place(module), str(file.relative_to(configuration.directory)))


def _names_file(path: Path, value: Any) -> bool:
    if not isinstance(value, str):
        return False
    if path[0] in _WITH_PEM and path[-1] in _PEM:
        return True
    if path[0] == "functions":
        return not value.startswith(BUILTIN) and _is_functions_file(path)
    return len(path) > 2 and path[-1] == "path" and path[-3] == "error_pages"


def _is_functions_file(path: Path) -> bool:
    """Tell whether it is of a function's module, or of a store's certificates; what a function is given is its own."""
    if path[1] == "named":
        return path[3:] in (("module",), ("module", "path"))
    return path[1] in ("kv", "cache") and path[-1] in _PEM


def _none(_: object) -> Iterator[tuple[Path, str]]:
    yield from ()


def _module_of(options: Any) -> str:
    module: str = options.module
    return module.partition(":")[0]


def digest_of(file: pathlib.Path) -> str:
    """Return what tells a file's contents apart from others, empty for one that cannot be read."""
    try:
        if not file.is_file():  # A pipe would keep us waiting, and some devices never end.
            return ""
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except (OSError, ValueError):
        return ""


def contents_of(configuration: Configuration) -> dict[str, str]:
    """Return the digests of the files that are named, by their names."""
    names = {each.name for each in named_files(configuration)}
    return {name: digest_of(configuration.directory / name) for name in names}
