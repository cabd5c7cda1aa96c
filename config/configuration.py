"""A configuration that was read and found whole."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import BaseModel

from config.document import Document
from config.filter_options import Spot
from config.parts import Parts
from config.paths import Path
from config.registry import check_filter, make_filter
from config.schema import Config
from config.secrets import Secrets
from proxy.filter import Filter


@dataclass(frozen=True, slots=True)
class Configuration:
    """What the builder builds from. Paths in the file are relative to `directory`."""

    config: Config
    directory: pathlib.Path
    document: Document = field(repr=False)
    secrets: Secrets = field(repr=False)
    spots: list[Spot] = field(repr=False)
    options: Mapping[Path, BaseModel] = field(repr=False)

    def located(self, name: str) -> str:
        return str(self.directory / name)

    def why_unreadable(self, name: str) -> str | None:
        try:
            with open(self.located(name), "rb"):
                return None
        except (OSError, ValueError) as error:
            return getattr(error, "strerror", None) or str(error)

    def make_filter(self, spot: Spot, name: str, parts: Parts) -> Filter:
        return make_filter(spot.type_name, name, self.options[spot.path], parts)

    def check_filter(self, spot: Spot, name: str, parts: Parts) -> None:
        check_filter(spot.type_name, name, self.options[spot.path], parts)
