"""The desk where functions are deployed, and what it must heed, as the configuration has it."""

from __future__ import annotations

from collections.abc import Mapping

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from config.configuration import Configuration
from config.desk_settings import DeskSettings
from config.function_options import UNNAMED
from config.function_store import called, store_of
from config.function_terms import terms_of
from proxy.admin.desk import Desk
from wasm_host.functions.registry.trust import Trust


def desk_of(configuration: Configuration) -> Desk | None:
    """Open the desk, None where nothing can be deployed; raises StartError."""
    settings = desk_settings(configuration)
    if settings is None:
        return None
    from config.function_desk import FunctionDesk  # With the engine that versions are tried on.

    return FunctionDesk(settings)


def desk_settings(configuration: Configuration) -> DeskSettings | None:
    """Return what deploys must heed, None where nothing can be deployed."""
    functions, store = configuration.config.functions, store_of(configuration)
    if functions is None or store is None:
        return None
    return DeskSettings(
        store,
        terms_of(functions.defaults, UNNAMED),
        {name: terms_of(functions.defaults, own) for name, own in functions.named.items()},
        frozenset(name for name, each in functions.named.items() if each.module is not None),
        {(each.name, each.alias): route for route, _, each in called(configuration) if each.name is not None},
        _trust({} if functions.trust is None else functions.trust.keys),
        None if functions.pull is None else functions.pull.allowance(),
        {name: each.config for name, each in functions.named.items() if each.config is not None},
    )


def _trust(keys: Mapping[str, bytes]) -> Trust:
    return Trust({name: Ed25519PublicKey.from_public_bytes(key) for name, key in keys.items()})
