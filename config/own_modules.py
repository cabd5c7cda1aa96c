"""Python modules that lie in a configuration's directory: imported for `python` filters, and anew once they change.

They are read from their sources, without the bytecode that Python keeps: it tells sources apart by size and whole
seconds only (PEP 3147's .pyc header), and an edit may change neither. A package is one unit; so is a module by itself.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import os
import pathlib
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.machinery import EXTENSION_SUFFIXES, SOURCE_SUFFIXES, ExtensionFileLoader, FileFinder, SourceFileLoader
from types import CodeType, ModuleType
from typing import Final

_DIRECTORIES: Final[set[str]] = set()
_ONE_AT_A_TIME: Final = threading.RLock()
"""A check and a build may import in two threads; both change what the process has for all."""


class OwnLoader(SourceFileLoader):
    """Compiles the source as it is now, and remembers which it was."""

    digest: bytes | None = None

    def get_code(self, fullname: str) -> CodeType:
        path = self.get_filename(fullname)
        source = self.get_data(path)
        self.digest = _digest(source)
        code: CodeType = self.source_to_code(source, path)
        return code


def import_from(directory: pathlib.Path) -> None:
    """Let `python` filters be modules in the configuration's directory; installed ones come first.

    Modules of a directory that is on Python's path anyway count as installed.
    """
    place = str(directory.absolute())
    if place not in sys.path:
        if _finder not in sys.path_hooks:
            sys.path_hooks.insert(0, _finder)
        _DIRECTORIES.add(place)
        sys.path_importer_cache.pop(place, None)
        sys.path.append(place)


def _finder(place: str) -> FileFinder:
    """Find modules in a configuration's directory and in packages there; ImportError leaves a place to others."""
    if not os.path.isdir(place) or not _is_own(place):  # Files are asked about too, by runpy.
        raise ImportError(f"{place} is no configuration's directory", path=place)
    return FileFinder(place, (OwnLoader, SOURCE_SUFFIXES), (ExtensionFileLoader, EXTENSION_SUFFIXES))


def _is_own(place: str) -> bool:
    """Tell whether a place belongs to a configuration; what is installed may lie below its directory."""
    root = max((each for each in sys.path if f"{place}/".startswith(f"{each}/")), key=len, default="")
    if root not in _DIRECTORIES:
        return False
    package = sys.modules.get(place[len(root) + 1 :].partition("/")[0])
    return package is None or _loader(package) is not None or getattr(package, "__file__", None) is None


@contextmanager
def renewed(directory: pathlib.Path) -> Iterator[None]:
    """Import anew, within, what has changed since it was imported; on an error the old modules stand as before.

    What is left alone is what did not change, nor anything that it imports. Old classes live as long as their objects.
    """
    with _ONE_AT_A_TIME:
        importlib.invalidate_caches()
        own = _own_units()
        stale = _stale(own, directory)
        forgotten = {name: sys.modules.pop(name) for unit in stale for name in own[unit]}
        try:
            yield
        except BaseException:
            for unit in _own_units():
                if unit not in own or unit in stale:
                    _forget(unit)
            sys.modules.update(forgotten)
            raise


def _forget(unit: str) -> None:
    for name in [each for each in sys.modules if each.partition(".")[0] == unit]:
        del sys.modules[name]


def _own_units() -> dict[str, list[str]]:
    """Return the modules that were imported by OwnLoader, and all that lie in one package with such, by their unit."""
    units = {name.partition(".")[0] for name, module in list(sys.modules.items()) if _loader(module) is not None}
    named: dict[str, list[str]] = {unit: [] for unit in units}
    for name in sys.modules:
        if (unit := name.partition(".")[0]) in units:
            named[unit].append(name)
    return named


def _loader(module: ModuleType) -> OwnLoader | None:
    loader = getattr(getattr(module, "__spec__", None), "loader", None)
    return loader if isinstance(loader, OwnLoader) else None


def _stale(own: dict[str, list[str]], directory: pathlib.Path) -> set[str]:
    changed = {unit for unit, names in own.items() if any(_has_changed(sys.modules[name]) for name in names)}
    return {unit for unit in own if not changed.isdisjoint(_with_imported(unit, directory))}


def _has_changed(module: ModuleType) -> bool:
    loader = _loader(module)
    return loader is not None and loader.digest != _digest_of(pathlib.Path(loader.path))


def _digest_of(file: pathlib.Path) -> bytes | None:
    try:
        return _digest(file.read_bytes())
    except OSError:
        return None


def _digest(source: bytes) -> bytes:
    return hashlib.sha256(source).digest()


def sources(module: str, directory: pathlib.Path) -> list[pathlib.Path]:
    """Return the files in the directory that a module is made of, with those of modules there that it imports."""
    units = _with_imported(module.partition(".")[0], directory)
    return [file for unit in sorted(units) for file in _files(unit, directory)]


def _with_imported(unit: str, directory: pathlib.Path) -> set[str]:
    found: set[str] = set()
    waiting = [unit]
    while waiting:
        unit = waiting.pop()
        if unit not in found:
            found.add(unit)
            waiting += [name for file in _files(unit, directory) for name in _imported(file)]
    return found


def _files(unit: str, directory: pathlib.Path) -> list[pathlib.Path]:
    file, package = directory / f"{unit}.py", directory / unit
    if package.is_dir():
        return sorted(package.rglob("*.py"))
    return [file] if file.is_file() else []


def _imported(file: pathlib.Path) -> set[str]:
    """Return the units that a source names in imports; relative ones stay in their own."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):
        return set()
    return {name.partition(".")[0] for node in ast.walk(tree) for name in _names(node)}


def _names(node: ast.AST) -> list[str]:
    if isinstance(node, ast.Import):
        return [alias.name for alias in node.names]
    if isinstance(node, ast.ImportFrom) and node.module is not None and not node.level:
        return [node.module]
    return []
