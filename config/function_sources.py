"""The sources of a function by their hashes, and whether a module was made of just these."""

from __future__ import annotations

import hashlib
import json
import os
import pathlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from typing import Final, Self, TypeAlias

from config.function_file import FILE_NAME
from config.function_project import BUILD

Hashes: TypeAlias = Mapping[str, str]
"""SHA-256 by path."""

_MADE: Final = frozenset({BUILD, "target", "zig-out", "Cargo.lock", FILE_NAME})
"""Names at the top that are made by builds, and the function's file, which is judged anew each time."""


def source_hashes(directory: pathlib.Path) -> dict[str, str]:
    """Hash all files that a module may be made of; hidden ones are none of them. Raises OSError."""
    return {str(path.relative_to(directory)): _sha256(path) for path in _sources(directory)}


def hashes_of(paths: Iterable[pathlib.Path]) -> dict[str, str]:
    """Hash files by their absolute paths, those that are there; raises OSError."""
    return {str(path): _sha256(path) for path in paths if path.is_file()}


def _sources(directory: pathlib.Path) -> Iterator[pathlib.Path]:
    for place, directories, files in os.walk(directory):
        at_the_top = pathlib.Path(place) == directory
        directories[:] = sorted(each for each in directories if _is_source(each, at_the_top))
        yield from (pathlib.Path(place, each) for each in sorted(files) if _is_source(each, at_the_top))


def _is_source(name: str, at_the_top: bool) -> bool:
    return not (name.startswith(".") or (at_the_top and name in _MADE))


def _sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


@dataclass(frozen=True, slots=True)
class BuildRecord:
    """What a module was made of: by which tools, of which files here and elsewhere. `module` is its SHA-256."""

    tools: str
    sources: Hashes
    elsewhere: Hashes
    module: str

    @classmethod
    def read(cls, path: pathlib.Path) -> Self | None:
        """Return what was written, None for nothing that is understood."""
        try:
            return cls(**json.loads(path.read_bytes()))
        except (OSError, ValueError, TypeError):
            return None

    def write(self, path: pathlib.Path) -> None:
        path.write_text(json.dumps(asdict(self), indent=1) + "\n")

    def holds(self, tools: str, directory: pathlib.Path, module: pathlib.Path) -> bool:
        """Tell whether the same tools would find the same files, and the module is as it was made."""
        return (
            self.tools == tools
            and self.sources == source_hashes(directory)
            and self.elsewhere == hashes_of(map(pathlib.Path, self.elsewhere))
            and hashes_of([module]).get(str(module)) == self.module
        )
