"""Modules on disk, each in a file that its SHA-256 names: there whole, or not at all."""

from __future__ import annotations

import hashlib
import os
import pathlib
import tempfile
from collections.abc import Collection
from typing import Final

from wasm_host.functions.registry.errors import RegistryError

SUFFIX: Final = ".wasm"
UNFINISHED: Final = ".unfinished"

KEPT_S: Final = 3600.0
"""How long a module stays that no version has: a deploy that is refused is often tried again."""


class Blobs:
    """Who writes or sweeps holds the registry's lock."""

    def __init__(self, directory: pathlib.Path) -> None:
        self._directory = directory

    def file(self, sha256: str) -> pathlib.Path:
        return self._directory / f"{sha256}{SUFFIX}"

    def read(self, sha256: str) -> bytes:
        """Return a module that is what its name says; raises RegistryError."""
        file = self.file(sha256)
        try:
            wasm = file.read_bytes()
        except OSError as error:
            raise RegistryError(f"{file}: {error.strerror}; deploy this module again") from error
        if hashlib.sha256(wasm).hexdigest() != sha256:
            raise RegistryError(f"{file} is damaged: its hash is another than its name; deploy this module again")
        return wasm

    def keep(self, wasm: bytes) -> str:
        """Write a module, unless it is there; returns its SHA-256. Raises RegistryError."""
        sha256 = hashlib.sha256(wasm).hexdigest()
        file = self.file(sha256)
        try:
            if self._has(sha256):
                os.utime(file)  # It counts as new, lest it be swept before a version has it.
            else:
                self._write(wasm, file)
        except OSError as error:
            raise RegistryError(f"{file}: {error.strerror}") from error
        return sha256

    def _has(self, sha256: str) -> bool:
        try:
            self.read(sha256)
        except RegistryError:
            return False
        return True

    def _write(self, wasm: bytes, file: pathlib.Path) -> None:
        """Let the file appear at once, and last: a rename is on disk when its directory is (fsync(2))."""
        with tempfile.NamedTemporaryFile(dir=self._directory, suffix=UNFINISHED, delete=False) as unfinished:
            try:
                unfinished.write(wasm)
                unfinished.flush()
                os.fsync(unfinished.fileno())
                os.rename(unfinished.name, file)
            except BaseException:
                os.unlink(unfinished.name)
                raise
        sync_directory(self._directory)

    def sweep(self, wanted: Collection[str], now: float) -> None:
        """Remove what was left unfinished, and modules that nobody has wanted for a while; `wanted` are SHA-256s."""
        for file in self._directory.iterdir():
            unwanted = file.suffix == SUFFIX and file.stem not in wanted and now - file.stat().st_mtime > KEPT_S
            if unwanted or file.suffix == UNFINISHED:
                file.unlink()


def sync_directory(directory: pathlib.Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
