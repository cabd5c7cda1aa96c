"""Loads a user's own filter."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from copy import deepcopy
from difflib import get_close_matches
from importlib import import_module
from types import ModuleType
from typing import Annotated, Any, ClassVar, cast

from pydantic import Field

from filters.options import Strict
from proxy.filter import Filter


class PythonFilter(Filter):
    """Makes the filter that `module:Attribute` names: a Filter subclass, or a callable that returns a Filter.

    It is called with the entries of `config` as keyword arguments. `build` raises ValueError for all that can be
    wrong with that, naming module and attribute.
    """

    type_name: ClassVar[str] = "python"

    class Options(Strict):
        module: Annotated[str, Field(pattern=r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$")]
        config: dict[str, Any] = Field(default_factory=dict)

    @classmethod
    def code(cls, options: Options) -> object:
        """Return the module, which is another object once its file has changed; raises ValueError."""
        return _import(options.module.partition(":")[0])

    @classmethod
    def build(cls, name: str, options: Options) -> Filter:
        module_name, _, attribute = options.module.partition(":")
        maker = _find(_import(module_name), attribute)
        _check_call(options.module, maker, options.config)
        try:
            made = maker(**deepcopy(options.config))  # What the filter does to it must not change the options.
        except Exception as error:
            raise ValueError(f"{options.module} failed: {type(error).__name__}: {error}") from error
        if not isinstance(made, Filter):
            raise ValueError(f"{options.module} made {_article(type(made).__name__)}, not a proxy.filter.Filter")
        made.name = name
        return made


def _import(name: str) -> ModuleType:
    try:
        return import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise ValueError(f"there is no module {error.name!r} on Python's path") from error
        raise ValueError(f"module {name!r} needs a module that is not there: {error.name!r}") from error
    except Exception as error:
        raise ValueError(f"module {name!r} fails when imported: {type(error).__name__}: {error}") from error


def _find(module: ModuleType, attribute: str) -> Callable[..., Any]:
    maker: Any = getattr(module, attribute, None)
    if maker is None:
        near = get_close_matches(attribute, [each for each in vars(module) if not each.startswith("_")], n=1)
        hint = f"; did you mean {near[0]!r}?" if near else ""
        raise ValueError(f"module {module.__name__!r} has no {attribute!r}{hint}")
    if not callable(maker):
        raise ValueError(f"{module.__name__}:{attribute} is {_article(type(maker).__name__)}, not a class or function")
    if isinstance(maker, type) and not issubclass(maker, Filter):
        raise ValueError(f"{module.__name__}:{attribute} is not a subclass of proxy.filter.Filter")
    return cast("Callable[..., Any]", maker)


def _check_call(place: str, maker: Callable[..., Any], config: dict[str, Any]) -> None:
    try:
        inspect.signature(maker).bind(**config)
    except TypeError as error:
        raise ValueError(f"{place} does not take this `config`: {error}") from error


def _article(noun: str) -> str:
    return f"{'an' if noun[:1].lower() in 'aeiou' else 'a'} {noun}"
