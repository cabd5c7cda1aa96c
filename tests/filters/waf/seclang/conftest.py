"""Rule files for the tests of the reader."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping

import pytest

Files = Callable[[Mapping[str, str]], pathlib.Path]


@pytest.fixture
def files(tmp_path: pathlib.Path) -> Files:
    """Write files, by their paths in a directory, and return the directory."""

    def write(texts: Mapping[str, str]) -> pathlib.Path:
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(text.encode("utf-8", "surrogateescape"))
        return tmp_path

    return write
