"""Whether a module would run as the function that its file describes: the check of a deploy, before there is one."""

from __future__ import annotations

import click

from config.function_project import Project
from config.function_rehearsal import settings_of
from proxy.errors import GuestError
from proxy.metrics import Registry
from wasm_host.functions.function import Function
from wasm_host.functions.services import Services
from wasm_host.module import WasmModule, read_module


class Unfit(click.ClickException):
    """A module that cannot run as this function; the text says why, and which key of `allow` is missing."""


def checked(project: Project) -> WasmModule:
    """Read a project's module, link it and start it once. Blocks; raises Unfit."""
    try:
        module = read_module(project.module)
        function = Function(module, settings_of(project.file), Services(), Registry(), _ignore, _ignore)
        function.try_out()
    except GuestError as error:
        raise Unfit(_told(project, str(error))) from error
    return module


def _ignore(*_: object) -> None:
    """Hear what a guest logs, and what it is denied."""


def _told(project: Project, fault: str) -> str:
    """Name the module, and the place of the key that would help."""
    named = fault if fault.startswith(project.module.name) else f"{project.module.name}: {fault}"
    return f"{named}; add it in function.yaml" if "`allow." in fault else named
