"""What the supervisor runs from: the configuration's file, read at the start and again at each reload."""

from __future__ import annotations

import os
import pathlib
import sys
from dataclasses import asdict
from functools import partial
from typing import Any

from config.admin import admin_spec
from config.changes import changes
from config.configuration import Configuration
from config.desk_terms import desk_of
from config.function_store import deployed_in
from config.load import Report, check, text_of
from config.named_files import named_files
from config.order import Order, State
from config.own_modules import import_from, renewed
from config.problems import located, placed
from config.surroundings import surroundings_to_serve, surroundings_without_foreign_code
from config.trials import ONE_AT_A_TIME
from proxy.errors import ConfigError, StartError
from proxy.garbage import collect
from proxy.plan import Change, Plan
from proxy.runtime import log


def load(file: pathlib.Path) -> Plan:
    """Read and check a file, and take up modules of `python` filters that have changed. Blocks.

    Raises StartError with a line for each error, `file:line:column: path: message`.
    """
    import_from(file.parent)
    with ONE_AT_A_TIME, renewed(file.parent):
        try:
            report = check(text_of(file), file.parent, os.environ, surroundings_to_serve)
        except ConfigError as error:
            raise StartError(located(file, error)) from error
        if report.configuration is None:
            raise StartError("\n".join(located(file, error) for error in report.errors))
    for warning in report.warnings:
        log.warning("%s", located(file, warning))
    return plan_of(file, report.configuration)


def plan_of(file: pathlib.Path, configuration: Configuration) -> Plan:
    """Return what to supervise for a checked configuration; the file's path is absolute.

    Raises StartError where the store of functions cannot be opened.
    """
    config = configuration.config
    return Plan(
        {listener.name: listener.address for listener in config.listeners},
        # -P: not from the working directory, where a folder of the user's may be called `config` too.
        [sys.executable, "-P", "-m", "config.worker"],
        len(os.sched_getaffinity(0)) if config.workers == "auto" else config.workers,
        config.drain_timeout,
        admin_spec(configuration, partial(planned, configuration), partial(desk_of, configuration)),
        Order(str(file), configuration, deployed_in(configuration)),
        watched(file, configuration) if config.reload.on_change else (),
        partial(_changes_since, configuration),
        _with_functions,
    )


def watched(file: pathlib.Path, configuration: Configuration) -> tuple[str, ...]:
    """Return the paths of the file and of all files that it names."""
    names = sorted({each.name for each in named_files(configuration)})
    return (str(file), *(str(file.parent / name) for name in names))


def planned(configuration: Configuration, text: str) -> dict[str, Any]:
    """Say for the admin what a text would change that stood in the file's place, or what is wrong with it.

    Returns `errors`, each `line:column: path: message`, and `changes`.
    """
    with ONE_AT_A_TIME:
        report = check(text, configuration.directory, os.environ, surroundings_without_foreign_code)
    answer = _answer(configuration, report)
    del report
    collect()
    return answer


def _answer(configuration: Configuration, report: Report) -> dict[str, Any]:
    if report.configuration is None:
        return {"errors": [placed(error) for error in report.errors], "changes": []}
    return {"errors": [], "changes": _told(configuration, report.configuration)}


def _with_functions(order: Order, functions: State) -> Order:
    return order.with_functions(functions)


def _changes_since(configuration: Configuration, former: Order) -> list[Change]:
    return _told(former.configuration, configuration)


def _told(old: Configuration, new: Configuration) -> list[Change]:
    return [asdict(each) for each in changes(old, new)]
