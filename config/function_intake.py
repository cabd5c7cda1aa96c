"""What a new version of a function goes through before it is anybody's: each step is one that may refuse it."""

from __future__ import annotations

import asyncio
import hashlib
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel

from config.desk_settings import DeskSettings
from config.document import Document
from config.function_excess import excess
from config.function_metadata import Deployment, Source
from config.function_self_test import SelfTestFailed, try_out
from config.problems import listed, placed, validate
from proxy.admin.desk import DeskError
from proxy.errors import AbiMismatch, GuestError
from wasm_host.compiler import LARGEST_MODULE_BYTES
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.pull import Pull
from wasm_host.functions.registry.canonical import canonical
from wasm_host.functions.registry.errors import Unsigned
from wasm_host.functions.registry.version import Deployed, Signature, settings_of
from wasm_host.functions.settings import FunctionSettings
from wasm_host.log_lines import LEVELS
from wasm_host.module import module_of

M = TypeVar("M", bound=BaseModel)

LARGEST_SETTINGS_BYTES: Final = 256 * 1024
"""They stand in what workers are told at each start and each deploy."""

_STATUSES: Final[Mapping[str, int]] = {"not_allowed": 403, "private_address": 403, "too_large": 413}
"""Of what a pull fails with; of anything else 422."""


_LIFTED: Final = "`allow."
"""Stands in what an ABI says of an import that the function is not allowed."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A version that has passed, and its module."""

    deployment: Deployment
    deployed: Deployed
    wasm: bytes


class Intake:
    """Tries one version at a time."""

    def __init__(self, settings: DeskSettings) -> None:
        self._settings = settings
        self._one_at_a_time = asyncio.Lock()

    async def take(self, metadata: Mapping[str, Any], wasm: bytes | None, who: str) -> Arrival:
        """Judge a version by its metadata, its signature and its module; nothing of it is kept. Raises DeskError."""
        deployment = checked(Deployment, metadata)
        self._check_name(deployment.name)
        self._check_asked(deployment)
        announced = Deployed(
            deployment.name,
            _announced(deployment.source, wasm),
            0 if wasm is None else len(wasm),
            "",
            _settings_of(metadata),
            deployment.description,
            who,
            self._signature(deployment),
        )
        self._check_signed(announced)
        async with self._one_at_a_time:
            if wasm is None:
                wasm = await self._pulled(deployment.source)
            abi = await asyncio.to_thread(self._tried, deployment, announced.settings, wasm)
        return Arrival(deployment, replace(announced, size=len(wasm), abi=abi), wasm)

    def _check_name(self, name: str) -> None:
        if name in self._settings.from_files:
            raise DeskError(409, f"{name} is from a file: change functions.named.{name}.module in the configuration")

    def _check_asked(self, deployment: Deployment) -> None:
        name = deployment.name
        beyond = list(excess(deployment.allow, deployment.limits, self._settings.terms(name)))
        if beyond:
            keys = listed([f"functions.named.{name}.{key}" for key in beyond])
            raise DeskError(
                422, f"{name} asks for more than it is granted: add {keys} to the configuration, and reload"
            )

    def _signature(self, deployment: Deployment) -> Signature | None:
        """Return the signature where it is looked at."""
        given = deployment.signature
        return Signature(given.key, given.value) if given is not None and self._settings.trust.keys else None

    def _check_signed(self, announced: Deployed) -> None:
        """Judge the signature before anything is fetched, compiled or run."""
        try:
            self._settings.trust.check(announced)
        except Unsigned as error:
            raise DeskError(403, str(error)) from error

    async def _pulled(self, source: Source | None) -> bytes:
        assert source is not None, "without a module it has been announced"
        if self._settings.pull is None:
            raise DeskError(422, "nothing may be pulled: send the module, or add functions.pull to the configuration")
        tls = await asyncio.to_thread(ssl.create_default_context)
        try:
            return await Pull(self._settings.pull, tls).fetch(source.url, source.sha256)
        except HostcallFailed as error:
            raise DeskError(_STATUSES.get(error.reason, 422), f"source: {error}") from error

    def _tried(self, deployment: Deployment, settings: Mapping[str, Any], wasm: bytes) -> str:
        """Compile a module and try it; returns its ABI. Blocks."""
        name = deployment.name
        if len(wasm) > LARGEST_MODULE_BYTES:
            raise DeskError(413, f"the module is {len(wasm)} bytes long; the most is {LARGEST_MODULE_BYTES}")
        try:
            module = module_of(wasm, name)
            try_out(module, self._settings_on_trial(deployment, settings), deployment.tests)
        except AbiMismatch as error:
            raise DeskError(422, f"{error}{_where_to_allow(deployment, str(error))}") from error
        except GuestError as error:
            raise DeskError(422, f"{name} does not start: {error}") from error
        except SelfTestFailed as error:
            raise DeskError(422, f"{name} fails its own tests: {error}") from error
        return module.abi

    def _settings_on_trial(self, deployment: Deployment, settings: Mapping[str, Any]) -> FunctionSettings:
        """Return those that it will have, but for secrets and the rate."""
        name = deployment.name
        terms = self._settings.terms(name).narrowed(settings["allow"], settings["limits"])
        return FunctionSettings(
            name,
            "trial",
            deployment.entry,
            deployment.form,
            deployment.input == "body",
            deployment.config or self._settings.configurations.get(name, b""),
            allow=terms.allow,
            limits=replace(terms.limits, rate=0.0),
            log_level=LEVELS.index(deployment.log_level),
        )


def checked(model: type[M], data: Mapping[str, Any]) -> M:
    """Read what was sent; raises DeskError that names each fault."""
    found, errors = validate(model, dict(data), Document())
    if errors:
        raise DeskError(422, "; ".join(map(placed, errors)))
    assert isinstance(found, model)
    return found


def _announced(source: Source | None, wasm: bytes | None) -> str:
    """Return the SHA-256 of the module, which may be still to come."""
    if wasm is None and source is not None:
        return source.sha256
    if wasm is not None and source is None:
        return hashlib.sha256(wasm).hexdigest()
    raise DeskError(422, "send either the module, or source: {url, sha256}")


def _settings_of(metadata: Mapping[str, Any]) -> dict[str, Any]:
    settings = settings_of(metadata)
    try:
        size = len(canonical(settings))
    except ValueError as error:
        raise DeskError(422, str(error)) from error
    if size > LARGEST_SETTINGS_BYTES:
        raise DeskError(413, f"the settings are {size} bytes long, as JSON; the most is {LARGEST_SETTINGS_BYTES}")
    return settings


def _where_to_allow(deployment: Deployment, fault: str) -> str:
    if _LIFTED not in fault:
        return ""
    if deployment.allow is not None:
        return "; say so in the metadata's allow"
    return f"; add it under functions.named.{deployment.name}.allow in the configuration, and reload"
