"""Turns what pydantic found into errors with a place in the file, in words that say what to write."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Sequence
from difflib import get_close_matches
from typing import Any, Final, TypeAlias

from pydantic import BaseModel, ValidationError

from config.document import Document
from config.paths import Path, at
from config.shape import valid_keys
from proxy.errors import ConfigError

MAX_NAMES_LISTED: Final = 12


def nearest(name: str, names: Iterable[str]) -> str:
    """Return `; did you mean 'x'?`, or the names there are if none is near, as the tail of a message."""
    known = sorted(set(names))
    near = get_close_matches(name, known, n=1, cutoff=0.5) or get_close_matches(name.lower(), known, n=1, cutoff=0.5)
    if near:
        return f"; did you mean '{near[0]}'?"
    if not known or len(known) > MAX_NAMES_LISTED:
        return ""
    return f"; there {'is' if len(known) == 1 else 'are'} {listed(known)}"


def listed(names: Sequence[str]) -> str:
    quoted = [f"'{name}'" for name in names]
    return quoted[0] if len(quoted) == 1 else f"{', '.join(quoted[:-1])} and {quoted[-1]}"


def located(file: pathlib.Path, problem: ConfigError, label: str = "") -> str:
    """Spell a problem as editors and compilers do: `file:line:column: path: message`."""
    return f"{file}:{'' if problem.line else ' '}{placed(problem, label)}"


def placed(problem: ConfigError, label: str = "") -> str:
    """Spell a problem in a text that has no file: `line:column: path: message`."""
    place = f"{problem.line}:{problem.column}: " if problem.line else ""
    path = f"{problem.path}: " if problem.path else ""
    return f"{place}{label}{path}{problem.message}"


Placing: TypeAlias = Callable[[Path], Path]


def validate(
    model: type[BaseModel], data: Any, document: Document, placed: Placing = lambda inside: inside
) -> tuple[Any, list[ConfigError]]:
    """Return the model or None, and all errors. `placed` tells where a part of the data stands in the document."""
    try:
        return model.model_validate(data), []
    except ValidationError as error:
        details: Any = error.errors(include_url=False)
        problems = [_Problem(detail, model, data) for detail in details if not _is_consequence(detail)]
        return None, [problem.error(document, placed) for problem in problems]


def _is_consequence(detail: dict[str, Any]) -> bool:
    """Tell whether a list is only too short because its members are faulty, which is said of them already."""
    return detail["type"] == "too_short" and bool(detail["input"])


class _Problem:
    """One of pydantic's findings. Its location names union arms and such, which the file does not have."""

    def __init__(self, detail: dict[str, Any], model: type[BaseModel], data: Any) -> None:
        self._kind: str = detail["type"]
        self._context: dict[str, Any] = detail.get("ctx", {})
        self._message: str = detail["msg"]
        self._model = model
        self._path = _in_file(detail["loc"], data, missing=self._kind == "missing")
        self._last = detail["loc"][-1] if detail["loc"] else ""
        self._value = detail["input"]

    def error(self, document: Document, placed: Placing) -> ConfigError:
        return document.error(placed(self._path), self._text(), at_key=self._kind == "extra_forbidden")

    def _text(self) -> str:
        if self._kind == "value_error":
            return str(self._context["error"])
        if self._kind == "extra_forbidden":
            return f"unknown key '{self._last}'" + nearest(str(self._last), valid_keys(self._model, self._path[:-1]))
        if self._kind == "missing":
            return f"key '{self._last}' is missing"
        if self._kind in ("literal_error", "enum"):
            return self._literal()
        write = _TEXTS.get(self._kind)
        return write(self._context) if write is not None else self._message[:1].lower() + self._message[1:]

    def _literal(self) -> str:
        expected = self._context["expected"].replace(" or ", ", ").split(", ")
        words = [each.strip("'") for each in expected if each.startswith("'")]
        if words and isinstance(self._value, str):
            return f"unknown word '{self._value}'" + nearest(self._value, words)
        return f"must be {' or '.join(words or expected).replace('True', 'true')}"


_TEXTS: Final[dict[str, Callable[[dict[str, Any]], str]]] = {
    "string_type": lambda _: "must be text; put it in quotes",
    "int_type": lambda _: "must be a whole number",
    "int_parsing": lambda _: "must be a whole number",
    "int_from_float": lambda _: "must be a whole number",
    "float_type": lambda _: "must be a number",
    "float_parsing": lambda _: "must be a number",
    "bool_type": lambda _: "must be true or false",
    "bool_parsing": lambda _: "must be true or false",
    "list_type": lambda _: "must be a list",
    "tuple_type": lambda _: "must be a list",
    "set_type": lambda _: "must be a list",
    "frozen_set_type": lambda _: "must be a list",
    "dict_type": lambda _: "must be a mapping (key: value)",
    "model_type": lambda _: "must be a mapping (key: value)",
    "model_attributes_type": lambda _: "must be a mapping (key: value)",
    "mapping_type": lambda _: "must be a mapping (key: value)",
    "too_short": lambda _: "must not be empty",
    "string_too_short": lambda _: "must not be empty",
    "greater_than_equal": lambda context: f"must be at least {context['ge']}",
    "greater_than": lambda context: f"must be above {context['gt']}",
    "less_than_equal": lambda context: f"must be at most {context['le']}",
    "less_than": lambda context: f"must be below {context['lt']}",
}


def _in_file(location: Sequence[str | int], data: Any, *, missing: bool) -> Path:
    """Return the part of a location that leads through the data."""
    path = Path()
    for step in location[:-1] if missing else location:
        here = at(data, path)
        if isinstance(here, dict) and str(step) in here:
            path /= str(step)
        elif isinstance(here, list) and isinstance(step, int) and step < len(here):
            path /= step
    return path
