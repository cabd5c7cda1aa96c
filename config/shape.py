"""Looks from a pydantic model down a path of the data: which keys are valid there, and what is a secret."""

from __future__ import annotations

import types
from collections.abc import Collection, Iterator, Mapping
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, RootModel, SecretBytes, SecretStr

from config.paths import ROOT, Path


def valid_keys(model: type[BaseModel], path: Path) -> list[str]:
    """Return the keys that a mapping at the path may have, sorted; none where the schema does not say."""
    return sorted({str(key) for arm in _at(model, path) if _is_model(arm) for key in _fields(arm)})


def secret_paths(annotation: Any, data: Any, path: Path = ROOT) -> Iterator[Path]:
    """Yield the path of each value that the schema calls secret (pydantic's SecretStr)."""
    for arm in _arms(annotation):
        if arm in (SecretStr, SecretBytes):
            yield path
        elif isinstance(data, dict):
            for key, value in data.items():
                for below in _below(arm, key):
                    yield from secret_paths(below, value, path / key)
        elif isinstance(data, list):
            for index, value in enumerate(data):
                for below in _below(arm, index):
                    yield from secret_paths(below, value, path / index)


def keys_below(annotation: Any) -> set[str]:
    """Return the keys of every model that can be reached from an annotation."""
    keys: set[str] = set()
    seen: set[int] = set()
    waiting = [annotation]
    while waiting:
        for arm in _arms(waiting.pop()):
            if id(arm) not in seen and _is_model(arm):
                seen.add(id(arm))
                keys |= {str(key) for key in _fields(arm)}
                waiting += _fields(arm).values()
            elif not _is_model(arm):
                waiting += [each for each in get_args(arm) if not isinstance(each, str | int)]
    return keys


def _at(annotation: Any, path: Path) -> Iterator[Any]:
    for arm in _arms(annotation):
        if not path:
            yield arm
            continue
        for below in _below(arm, path[0]):
            yield from _at(below, path[1:])


def _arms(annotation: Any) -> Iterator[Any]:
    """Yield the plain types that an annotation may stand for."""
    origin = get_origin(annotation)
    if origin is Annotated:
        yield from _arms(get_args(annotation)[0])
    elif origin in (Union, types.UnionType):
        for each in get_args(annotation):
            yield from _arms(each)
    elif isinstance(annotation, type) and issubclass(annotation, RootModel):
        yield from _arms(annotation.model_fields["root"].annotation)
    else:
        yield annotation


def _below(arm: Any, step: str | int) -> Iterator[Any]:
    if _is_model(arm):
        if step in (fields := _fields(arm)):
            yield fields[step]
        return
    origin, arguments = get_origin(arm), get_args(arm)
    if not isinstance(origin, type):
        return
    if issubclass(origin, Mapping) and isinstance(step, str):
        yield arguments[1]
    elif issubclass(origin, Collection) and not issubclass(origin, Mapping) and isinstance(step, int):
        yield arguments[0]


def _is_model(arm: Any) -> bool:
    return isinstance(arm, type) and issubclass(arm, BaseModel)


def _fields(model: Any) -> dict[str | int, Any]:
    return {field.alias or name: field.annotation for name, field in model.model_fields.items()}
