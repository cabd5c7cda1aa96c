"""The PEM files that a configuration names, read to be judged."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from config.configuration import Configuration


@dataclass(frozen=True, slots=True)
class PemFile:
    """A file that could be read: its name as the configuration has it, where it is, what it holds."""

    name: str
    path: str
    content: bytes


class Unusable(Exception):
    """A file cannot be read, or is not what it is named as."""


def read_pem(configuration: Configuration, name: str) -> PemFile:
    """Raises Unusable."""
    path = configuration.located(name)
    try:
        return PemFile(name, path, Path(path).read_bytes())
    except (OSError, ValueError) as error:
        raise Unusable(f"cannot read {name}: {getattr(error, 'strerror', None) or error}") from error
