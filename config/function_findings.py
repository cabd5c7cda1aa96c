"""Checks functions against what is around them: the store, its directories, their modules, and who calls them."""

from __future__ import annotations

from collections.abc import Iterator

from config.configuration import Configuration
from config.findings import Finding
from config.function_calls import call_findings
from config.function_options import Functions
from config.function_recipes import menus
from config.function_store import deployed_in
from config.paths import Path
from config.tls_files import Found
from proxy.errors import AbiMismatch, GuestError, StartError
from proxy.line_sink import STREAMS
from proxy.metrics import Registry

_AT = Path(("functions",))


def function_findings(configuration: Configuration) -> Iterator[Found]:
    functions = configuration.config.functions or Functions()
    yield from _directories(configuration, functions)
    yield from _stores(functions)
    yield from _modules(configuration, functions)
    try:
        deployed = deployed_in(configuration)
    except StartError as error:
        yield _AT / "store", Finding(str(error).removeprefix("functions.store: "))
    else:
        yield from call_findings(configuration, deployed)


def _directories(configuration: Configuration, functions: Functions) -> Iterator[Found]:
    """Find files and directories that could not be made where they are to be."""
    kv = None if functions.kv is None else functions.kv.path
    log = None if functions.audit_log in STREAMS else functions.audit_log
    for name, at in ((functions.store, _AT / "store"), (kv, _AT / "kv" / "path"), (log, _AT / "audit_log")):
        if name is not None and not (configuration.directory / name).parent.is_dir():
            yield at, Finding(f"there is no directory for {name}")


def _stores(functions: Functions) -> Iterator[Found]:
    """Find who may keep values where there is no place for them."""
    if functions.store is not None or functions.kv is not None:
        return
    remedy = "say where it keeps its values: functions.kv: {path: kv.sqlite}, or functions.store: functions"
    if functions.defaults.allow.kv is not None:
        yield _AT / "defaults" / "allow" / "kv", Finding(remedy)
    for name, each in functions.named.items():
        if each.allow.kv is not None:
            yield _AT / "named" / name / "allow" / "kv", Finding(remedy)


def _modules(configuration: Configuration, functions: Functions) -> Iterator[Found]:
    """Find modules that cannot be functions here: each is read, compiled, joined with its host, and tried."""
    if all(each.module is None for each in functions.named.values()):
        return
    from config.function_house import House, house_settings  # With the engine of their guests.

    house = House(house_settings(configuration, functions), Registry())
    for name, menu in menus(configuration, {}):
        for recipe in menu.recipes.values():
            try:
                house.try_out(recipe)
            except AbiMismatch as error:
                place = "sha256" if error.reason == "wrong_hash" else "path"
                yield _AT / "named" / name / "module" / place, Finding(str(error))
            except (GuestError, StartError) as error:
                yield _AT / "named" / name / "module", Finding(str(error))
