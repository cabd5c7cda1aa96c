"""A configuration that was read and found whole."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from pydantic import BaseModel

from config.document import Document
from config.filter_options import Spot
from config.parts import Parts
from config.paths import Path
from config.registry import check_filter, made_of, make_filter
from config.schema import Config
from config.secrets import Secrets
from proxy.filter import Filter


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the builder builds from. Paths in the file are relative to `directory`.

    `contents` are the digests of the files that it names, as they were before anything was made of them.
    """

    config: Config
    directory: pathlib.Path
    document: Document = field(repr=False)
    secrets: Secrets = field(repr=False)
    spots: list[Spot] = field(repr=False)
    options: Mapping[Path, BaseModel] = field(repr=False)
    contents: Mapping[str, str] = field(default_factory=dict, repr=False)
    _made_of: dict[Path, object] = field(default_factory=dict, repr=False, compare=False)

    def located(self, name: str) -> str:
        return str(self.directory / name)

    def why_unreadable(self, name: str) -> str | None:
        try:
            with open(self.located(name), "rb"):
                return None
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)

    def digests(self, *names: str | None) -> tuple[str | None, ...]:
        """Return what tells the contents of files apart from other contents."""
        return tuple(None if name is None else self.contents.get(name) for name in names)

    def make_filter(self, spot: Spot, name: str, parts: Parts, former: Sequence[Filter] = ()) -> Filter:
        return make_filter(spot.type_name, name, self.options[spot.path], parts, former)

    def made_of(self, spot: Spot) -> object:
        """Return what equals that of another filter exactly if both would be the same; raises ValueError.

        What files say for it is as it was when this was first asked.
        """
        if spot.path not in self._made_of:
            self._made_of[spot.path] = made_of(spot.type_name, self.options[spot.path])
        return self._made_of[spot.path]

    def check_filter(self, spot: Spot, name: str, parts: Parts) -> None:
        check_filter(spot.type_name, name, self.options[spot.path], parts)
