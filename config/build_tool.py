"""Programs that make modules: how they are run, and what is said where they fail or are missing."""

from __future__ import annotations

import os
import pathlib
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

import click


class BuildFailed(click.ClickException):
    """No module was made; the text is the tool's own, or says what to install."""


@dataclass(frozen=True, slots=True)
class Compiled:
    """A module, and the files outside of the function's directory that it was made of. `notes` are warnings."""

    wasm: bytes
    elsewhere: tuple[pathlib.Path, ...] = ()
    notes: str = ""


class Compiler(Protocol):
    """`stamp` changes with the tool."""

    @property
    def title(self) -> str: ...

    @property
    def stamp(self) -> str: ...

    def compile(self, directory: pathlib.Path) -> Compiled:
        """Make a module of the sources in a directory; raises BuildFailed."""
        ...


def ran(
    command: Sequence[str | pathlib.Path], directory: pathlib.Path, environment: Mapping[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a tool to its end; raises BuildFailed with what it says of its failure."""
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            env={**os.environ, **(environment or {})},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            encoding="utf-8",
            errors="replace",
        )
    except OSError as error:
        raise BuildFailed(f"{command[0]} cannot be run: {error.strerror or error}") from error
    if done.returncode:
        said = (done.stderr or done.stdout).strip()
        raise BuildFailed(f"{said}\n{pathlib.Path(command[0]).name} failed, with status {done.returncode}".strip())
    return done


def stamp_of(*files: pathlib.Path) -> str:
    """Tell tools apart by their files, which nobody has to run for that."""
    return " ".join(f"{each.resolve()}@{each.stat().st_mtime_ns}" for each in files)
