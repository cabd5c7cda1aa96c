"""A function on this machine: a directory of sources with its `function.yaml`, or a module that is built already."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal, Self, TypeAlias

import click

from config.function_file import FILE_NAME, FunctionFile, read_function_file
from config.load import text_of
from config.problems import located
from proxy.errors import ConfigError
from wasm_host.functions.registry.names import checked_name

Language: TypeAlias = Literal["rust", "zig"]

BUILD: Final = "build"
"""The directory, in that of the sources, for what is made of them."""

_TOLD_BY: Final[Mapping[Language, str]] = {"rust": "Cargo.toml", "zig": "src/main.zig"}


class NoProject(click.ClickException):
    """There is no function here, or its file has errors; the text says which, or how to begin."""


@dataclass(frozen=True, slots=True)
class Project:
    """`settings` are what a deploy sends of the file, as it is written. `ready` is a module that needs no build."""

    directory: pathlib.Path
    file: FunctionFile
    settings: Mapping[str, Any] = field(default_factory=dict)
    ready: pathlib.Path | None = None

    @classmethod
    def of(cls, place: pathlib.Path) -> Self:
        """Read a directory, or the file of a module; raises NoProject."""
        if place.is_dir():
            file, settings = _read(place / FILE_NAME)
            return cls(place, file, settings)
        if not place.exists():
            raise NoProject(f"{place} is not there; give a function's directory, or a .wasm file")
        return cls._of_module(place)

    @classmethod
    def _of_module(cls, module: pathlib.Path) -> Self:
        """Take a module with the file beside it, or above `build`; without one it may reach nothing."""
        beside = module.absolute().parent
        for directory in (beside, beside.parent) if beside.name == BUILD else (beside,):
            if (directory / FILE_NAME).is_file():
                file, settings = _read(directory / FILE_NAME)
                return cls(directory, file, settings, module)
        try:
            return cls(module.parent, FunctionFile(name=checked_name(module.stem)), {}, module)
        except ValueError as error:
            raise NoProject(f"{module}: {error}; or write {FILE_NAME} beside it, with its name") from error

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def module(self) -> pathlib.Path:
        """Where its module is, or will be."""
        return self.ready or self.directory / BUILD / f"{self.name}.wasm"

    @property
    def language(self) -> Language:
        """Return what its sources are written in; raises NoProject."""
        for language, file in _TOLD_BY.items():
            if (self.directory / file).is_file():
                return language
        raise NoProject(
            f"{self.directory} has neither Cargo.toml nor src/main.zig, so nothing here can be built; "
            "deploy and test a module of another compiler by its file, FILE.wasm"
        )


def _read(path: pathlib.Path) -> tuple[FunctionFile, Mapping[str, Any]]:
    if not path.is_file():
        raise NoProject(
            f"{path.parent} has no {FILE_NAME}, so it is no function's directory; "
            "make one with penstock function new NAME --lang rust"
        )
    try:
        file, settings, errors = read_function_file(text_of(path))
    except ConfigError as error:
        errors, file = [error], None
    if file is None:
        raise NoProject("\n".join(located(path, error) for error in errors))
    return file, settings
