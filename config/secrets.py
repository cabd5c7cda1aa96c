"""What must never be shown: what the environment or a `file:` brought, and what the schema calls a secret.

Where a value is shown, in an error or in the admin's /config, its spelling in the file stands in its place
(`${API_SECRET}`), or `***` where the file itself has it.
"""

from __future__ import annotations

import pathlib
import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from config.document import Document
from config.paths import Path, at, walk
from proxy.errors import ConfigError

HIDDEN: Final = "***"
MAX_FILE_BYTES: Final = 1024 * 1024
_FILE: Final = "file:"
_TELLING_KEY = re.compile(r"(?i)authorization|passw(or)?d|secret|token|api[-_]?key|private[-_]?key|credential")
_URL_PASSWORD = re.compile(r"(://[^/:@\s]*:)[^/@\s]+@")
_SURELY_NO_ACCIDENT_CHARS: Final = 4
"""A secret of so many characters is removed from every text, a shorter one where its own value is spoken of."""


class Secrets:
    """The secrets of one document, by path. `shown` is what may be shown in the place of each.

    `files` are the names of those that came from files.
    """

    def __init__(self, document: Document) -> None:
        self._document = document
        self.shown: dict[Path, str] = dict(document.written)
        self.files: dict[Path, str] = {}
        self._values: dict[Path, str] = {}
        for path in document.written:
            self._remember(path, at(document.data, path))

    def _remember(self, path: Path, value: Any) -> None:
        self._values[path] = value if isinstance(value, str) else str(value)

    def hide(self, path: Path) -> None:
        """Never show the value at the path."""
        if path not in self.shown:
            self.shown[path] = HIDDEN
            self._remember(path, at(self._document.data, path))

    def read_files(self, paths: Iterable[Path], directory: pathlib.Path) -> list[ConfigError]:
        """Put the contents of files in the place of the `file:` values at the paths."""
        errors = []
        for path in paths:
            value = at(self._document.data, path)
            if isinstance(value, str) and value.startswith(_FILE):
                self.shown.setdefault(path, value)
                self.files[path] = value.removeprefix(_FILE)
                try:
                    content = _content(directory / self.files[path])
                except (OSError, ValueError) as error:
                    reason = getattr(error, "strerror", None) or str(error)
                    errors.append(self._document.error(path, f"cannot read {value}: {reason}"))
                    continue
                at(self._document.data, path[:-1])[path[-1]] = content
                self._remember(path, content)
        return errors

    def scrub(self, text: str, path: Path) -> str:
        """Replace the secrets in a text about the value at a path."""
        for place, value in sorted(self._values.items(), key=lambda item: -len(item[1])):
            near = place[: len(path)] == path or path[: len(place)] == place
            if value and (near or len(value) >= _SURELY_NO_ACCIDENT_CHARS):
                for spelling in {value, repr(value)[1:-1], value.lower(), value.upper()}:
                    text = text.replace(spelling, self.shown[place])
        return text

    def masked(self) -> Any:
        """Return the document's data without its secrets."""
        return self._masked(self._document.data, Path())

    def _masked(self, value: Any, path: Path) -> Any:
        if path in self.shown:
            return self.shown[path]
        if isinstance(value, dict):
            return {key: self._masked(each, path / key) for key, each in value.items()}
        if isinstance(value, list):
            return [self._masked(each, path / index) for index, each in enumerate(value)]
        if isinstance(value, str):
            return _URL_PASSWORD.sub(rf"\1{HIDDEN}@", value)
        return value


def _content(file: pathlib.Path) -> str:
    with file.open("rb") as opened:
        content = opened.read(MAX_FILE_BYTES + 1)
    if len(content) > MAX_FILE_BYTES:
        raise ValueError(f"it is larger than {MAX_FILE_BYTES} bytes")
    return content.decode().rstrip("\r\n")


def telling_paths(data: Any) -> list[Path]:
    """Return the paths of texts whose keys say that they are secrets, for where no schema does.

    The first steps are the schema's words and the operator's names: a filter called `token-auth` hides nothing.
    """
    return [path for path, value in walk(data) if isinstance(value, str) and any(map(_tells, _told_by(path)))]


def _told_by(path: Path) -> Path:
    """Return the steps of a path that may tell; a function's `allow` has names of secrets, which are none."""
    named = path[:2] == ("functions", "named")
    inside: Path = path[3:] if named else path[2:]
    return Path() if "functions" in path[:1] and "allow" in inside[:1] else inside


def telling(options: Any) -> Iterator[Path]:
    """Yield the paths of texts in a filter's options whose keys say that they are secrets."""
    return (path for path, value in walk(options) if isinstance(value, str) and any(map(_tells, path)))


def _tells(step: str | int) -> bool:
    return isinstance(step, str) and _TELLING_KEY.search(step) is not None
