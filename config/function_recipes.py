"""Which versions of functions a worker has, and all that each one is made of: compared, never looked into."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from config.builtin_modules import located
from config.configuration import Configuration
from config.function_options import UNNAMED, FunctionDefaults, NamedFunction
from config.function_store import store_of
from config.function_terms import terms_of
from config.guest_options import parse_handed_over
from config.hash_by import HashBy
from config.named_files import digest_of
from proxy.errors import AbiMismatch
from wasm_host.functions.registry.names import LIVE
from wasm_host.functions.settings import FunctionSettings
from wasm_host.log_lines import LEVELS

ID_LENGTH = 16
"""How much of its module's hash names the version of a function that is from a file."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """What a version is made of. Two that are equal would be the same function.

    `sha256` is what its module must be, empty for one that cannot be read. `deployed` is what its deploy says of it,
    and `directory` the store; None is for a module that the configuration names, by its `path` from the `directory`.
    """

    name: str
    version: str
    path: str
    directory: pathlib.Path
    sha256: str
    deployed: Mapping[str, Any] | None
    named: NamedFunction
    defaults: FunctionDefaults

    def settings(self) -> FunctionSettings:
        """Return what is known of it before it runs; raises ValueError for a deploy's words that nobody understands."""
        own, said = self.named, self.deployed or {}
        terms = terms_of(self.defaults, own)
        if self.deployed is not None:
            terms = terms.narrowed(said.get("allow"), said.get("limits"))
        return FunctionSettings(
            self.name,
            self.version,
            said.get("entry") or own.entry,
            said.get("form") or own.form,
            (said.get("input") or own.input) == "body",
            parse_handed_over(said["config"]) if said.get("config") else own.config or b"",
            {name: own.secrets[name].get_secret_value() for name in terms.allow.secrets},
            terms.allow,
            terms.limits,
            LEVELS.index(said.get("log_level") or own.log_level or "info"),
        )


@dataclass(frozen=True, slots=True)
class Share:
    """One of an alias's versions, and how many percent of its calls it gets."""

    version: str
    percent: int


@dataclass(frozen=True, slots=True)
class Alias:
    """What an alias points at, and what keeps a client on one version of two."""

    shares: tuple[Share, ...]
    sticky: HashBy | None = None


@dataclass(frozen=True, slots=True)
class Menu:
    """One function: its recipes by version, and its aliases."""

    recipes: Mapping[str, Recipe]
    aliases: Mapping[str, Alias]


def menus(configuration: Configuration, deployed: Mapping[str, Any]) -> Iterator[tuple[str, Menu]]:
    """Yield each function; one that the configuration has from a file is not the one that is deployed."""
    functions = configuration.config.functions
    if functions is None:
        return
    from_files = {name for name, own in functions.named.items() if own.module is not None}
    for name in functions.named:
        if name in from_files:
            yield name, _of_a_file(configuration, name, functions.named[name], functions.defaults)
    store = store_of(configuration)
    if store is not None:
        for name in deployed.keys() - from_files:
            own = functions.named.get(name, UNNAMED)
            yield name, _deployed(store, name, deployed[name], own, functions.defaults)


def _of_a_file(configuration: Configuration, name: str, own: NamedFunction, defaults: FunctionDefaults) -> Menu:
    assert own.module is not None
    path, directory = own.module.path, configuration.directory
    sha256 = own.module.sha256 or configuration.contents.get(path) or _digest(path, directory)
    version = sha256[:ID_LENGTH]
    recipe = Recipe(name, version, path, directory, sha256, None, own, defaults)
    return Menu({version: recipe}, {LIVE: Alias((Share(version, 100),))})


def _digest(path: str, directory: pathlib.Path) -> str:
    try:
        return digest_of(located(path, directory))
    except AbiMismatch:  # Which is said once somebody wants to read it.
        return ""


def _deployed(
    store: pathlib.Path, name: str, state: Mapping[str, Any], own: NamedFunction, defaults: FunctionDefaults
) -> Menu:
    recipes = {
        version: Recipe(name, version, "", store, said["module"], said, own, defaults)
        for version, said in state["versions"].items()
    }
    aliases = {
        alias: Alias(tuple(Share(each["version"], each["percent"]) for each in split["versions"]), _sticky(split))
        for alias, split in state["aliases"].items()
    }
    return Menu(recipes, aliases)


def _sticky(split: Mapping[str, Any]) -> HashBy | None:
    return HashBy.model_validate(split["sticky"]) if split.get("sticky") else None
