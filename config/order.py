"""What the supervisor orders workers to build, as JSON, and how a worker reads it."""

from __future__ import annotations

import os
import pathlib
import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from config.configuration import Configuration
from config.load import check
from config.own_modules import import_from
from config.problems import located
from proxy.errors import StartError

State = Mapping[str, Any]
"""The functions that are deployed, by name: their aliases, and the versions that these point at."""

_MARK_BYTES: Final = 8


class Order(dict[str, Any]):
    """The `file`, its `text`, and the state of the `functions`; `changed` are those that a deploy has just changed.

    `mark` is another for each time that the file was read: files that it names may have changed, though its text did
    not. Here it also remembers what the text was read as.
    """

    def __init__(self, file: str, configuration: Configuration, functions: State, mark: str = "") -> None:
        super().__init__(
            file=file,
            text=configuration.document.text,
            mark=mark or secrets.token_hex(_MARK_BYTES),
            functions=functions,
            changed=(),
        )
        self.configuration = configuration

    def with_functions(self, functions: State) -> Order:
        """Return the order for the same configuration with another state of the functions."""
        order, before = Order(self["file"], self.configuration, functions, self["mark"]), self["functions"]
        order["changed"] = [name for name in functions if functions[name] != before.get(name)]
        return order


@dataclass(frozen=True, slots=True)
class Reading:
    """An order as a worker understands it; `changed` must be fit to run, or the order is refused."""

    configuration: Configuration
    functions: State = field(default_factory=dict)
    changed: Collection[str] = ()


class Reader:
    """Reads orders. A deploy has the mark of the order before, so that its text is not parsed and checked again."""

    def __init__(self) -> None:
        self._mark = ""
        self._configuration: Configuration | None = None

    def __call__(self, order: Mapping[str, Any]) -> Reading:
        """Read the `text` that the supervisor has read and checked, whatever the `file` says by now.

        What is around it is not judged again, by each worker: the build will find it as it is then. Raises StartError.
        """
        mark, configuration = order["mark"], self._configuration
        if configuration is None or mark != self._mark:
            configuration = _configuration(pathlib.Path(order["file"]), order["text"])
            self._mark, self._configuration = mark, configuration
        return Reading(configuration, order["functions"], order["changed"])


def _configuration(file: pathlib.Path, text: str) -> Configuration:
    import_from(file.parent)
    report = check(text, file.parent, os.environ, _nothing)
    if report.configuration is None:
        raise StartError("\n".join(located(file, error) for error in report.errors))
    return report.configuration


def _nothing(_: Configuration) -> tuple[()]:
    return ()
