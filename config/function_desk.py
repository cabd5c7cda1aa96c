"""The desk of the edge functions: what the admin's calls make of the registry, and of what workers run."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import ExitStack, asynccontextmanager, contextmanager
from typing import Any

from config.desk_settings import DeskSettings
from config.function_intake import Intake, checked
from config.function_metadata import Pointing, Rollback, sticky_of
from proxy.admin.desk import DeskError, RollOut
from proxy.errors import StartError
from proxy.runtime import log, monotonic, wall_clock
from wasm_host.functions.registry.changes import Change, Delete, Deploy, Point, StepBack, Unalias
from wasm_host.functions.registry.errors import Absent, Busy, Conflict, RegistryError, Unfit, Unsigned
from wasm_host.functions.registry.names import checked_alias
from wasm_host.functions.registry.registry import Registry
from wasm_host.functions.registry.split import Share, Split, with_newcomer


class FunctionDesk:
    """Changes one thing at a time. What is refused has changed nothing: no version is kept that no alias points at."""

    def __init__(self, settings: DeskSettings) -> None:
        """Open the store. Blocks; raises StartError."""
        self._settings, self._intake = settings, Intake(settings)
        try:
            self._registry = Registry(settings.store, wall_clock)
        except RegistryError as error:
            raise StartError(f"functions.store: {error}") from error
        self._one_at_a_time = asyncio.Lock()

    # -- what there is

    async def list(self) -> dict[str, Any]:
        """Return `functions`, by name, those from files among them."""
        with refusals():
            deployed = await asyncio.to_thread(self._registry.functions)
        from_files = map(_from_file, self._settings.from_files)
        return {"functions": sorted([*deployed, *from_files], key=lambda each: str(each["name"]))}

    async def show(self, name: str) -> dict[str, Any]:
        """Return a function's aliases, what each pointed at, and its versions in the order of their numbers."""
        if name in self._settings.from_files:
            return {**_from_file(name), "history": {}, "versions": []}
        with refusals():
            return await asyncio.to_thread(self._registry.function, name)

    async def versions(self, name: str) -> dict[str, Any]:
        return {"name": name, "versions": (await self.show(name))["versions"]}

    # -- changes

    async def deploy(
        self, metadata: Mapping[str, Any], wasm: bytes | None, roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Take a version in, try it, and let an alias point at it; the same once more changes nothing."""
        began = monotonic()
        arrival = await self._intake.take(metadata, wasm, who)
        asked, deployed = arrival.deployment, arrival.deployed
        change = Deploy(deployed, asked.alias, asked.percent, sticky_of(asked.sticky))
        async with self._changing():
            await asyncio.to_thread(self._registry.blobs.keep, arrival.wasm)
            differs = await self._make(change, roll_out)
            version = await asyncio.to_thread(self._registry.version, deployed.function, deployed.id)
        return {
            "function": deployed.function,
            "version": version.id,
            "number": version.number,
            "alias": asked.alias,
            "percent": asked.percent,
            "sha256": deployed.module,
            "abi": deployed.abi,
            **_told(differs, began),
        }

    async def point(
        self, name: str, alias: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Let an alias point at a version, all of it or by percent, or at two."""
        began, asked = monotonic(), checked(Pointing, change)
        self._check_not_from_file(name)
        async with self._changing():
            split = await asyncio.to_thread(self._split, name, _alias(alias), asked)
            differs = await self._make(Point(name, alias, split, who), roll_out)
        return {"function": name, "alias": alias, **split.to_json(), **_told(differs, began)}

    async def rollback(
        self, name: str, change: Mapping[str, Any], roll_out: RollOut, *, who: str = ""
    ) -> dict[str, Any]:
        """Let `live` point at a version; without one, at what it pointed at before, and once more, before that."""
        began, asked = monotonic(), checked(Rollback, change)
        self._check_not_from_file(name)
        async with self._changing():
            split = await asyncio.to_thread(self._former, name, asked)
            back = StepBack(name, asked.alias, who) if asked.version is None else Point(name, asked.alias, split, who)
            differs = await self._make(back, roll_out)
        return {"function": name, "alias": asked.alias, **split.to_json(), **_told(differs, began)}

    async def unalias(self, name: str, alias: str, roll_out: RollOut) -> dict[str, Any]:
        """Forget an alias, which must be none that a route names."""
        began, routes = monotonic(), self._settings.routes
        if (name, alias) in routes:
            raise DeskError(409, f"{_asker(routes[name, alias])} asks for '{alias}' of {name}: change the route first")
        async with self._changing():
            differs = await self._make(Unalias(name, alias), roll_out)
        return {"function": name, "alias": alias, **_told(differs, began)}

    async def delete(self, name: str, roll_out: RollOut, *, force: bool = False) -> dict[str, Any]:
        """Forget a function; one that a route names only by force."""
        began = monotonic()
        askers = [route for (function, _), route in self._settings.routes.items() if function == name]
        if askers and not force:
            raise DeskError(
                409,
                f"{_asker(askers[0])} asks for {name}: take it out first, or delete by force (?force=1, --force)",
            )
        async with self._changing():
            differs = await self._make(Delete(name), roll_out)
        return {"function": name, **_told(differs, began)}

    def _check_not_from_file(self, name: str) -> None:
        if name in self._settings.from_files:
            raise DeskError(409, f"{name} is from a file, functions.named.{name}.module: it has no versions")

    @asynccontextmanager
    async def _changing(self) -> AsyncIterator[None]:
        async with self._one_at_a_time:
            with refusals(), ExitStack() as stack:
                await asyncio.to_thread(stack.enter_context, self._registry.changing())
                yield
                await asyncio.to_thread(self._sweep)

    async def _make(self, change: Change, roll_out: RollOut) -> bool:
        """Make a change everywhere or nowhere; tell whether workers run anything else now."""
        proposal = await asyncio.to_thread(self._registry.proposed, change)
        if proposal.differs:
            await roll_out(proposal.state, proposal.commit)
        else:
            await asyncio.to_thread(proposal.commit)
        return proposal.differs

    def _sweep(self) -> None:
        try:
            self._registry.sweep()
        except RegistryError as error:  # What was asked for is done; it is swept another time.
            log.warning("functions.store: %s", error)

    # -- which versions are meant

    def _split(self, name: str, alias: str, asked: Pointing) -> Split:
        sticky = sticky_of(asked.sticky)
        try:
            if asked.versions is None:
                before = self._registry.split(name, alias)
                return with_newcomer(before, self._trusted(name, asked.version), asked.percent, sticky)
            shares = [Share(self._trusted(name, each.version), each.percent) for each in asked.versions]
            return Split(tuple(shares), sticky)
        except ValueError as error:
            raise Unfit(str(error)) from error

    def _former(self, name: str, asked: Rollback) -> Split:
        if asked.version is not None:
            return Split.whole(self._trusted(name, asked.version))
        split = self._registry.before(name, asked.alias)
        for id in split.versions:
            self._trusted(name, id)
        return split

    def _trusted(self, name: str, reference: str | int | None) -> str:
        """Return the id of a version whose signature counts still: keys come and go."""
        assert reference is not None, "the model has seen to it"
        version = self._registry.version(name, reference)
        self._settings.trust.check(version.deployed)
        return version.id


@contextmanager
def refusals() -> Iterator[None]:
    """Say why something is refused as the admin does."""
    try:
        yield
    except Absent as error:
        raise DeskError(404, str(error)) from error
    except Unsigned as error:
        raise DeskError(403, str(error)) from error
    except (Unfit, StartError) as error:
        raise DeskError(422, str(error)) from error
    except (Busy, Conflict) as error:
        raise DeskError(409, str(error)) from error
    except RegistryError as error:
        raise DeskError(500, str(error)) from error


def _alias(text: str) -> str:
    try:
        return checked_alias(text)
    except ValueError as error:
        raise Unfit(str(error)) from error


def _asker(route: str) -> str:
    return f"route {route}" if route else "a filter"


def _from_file(name: str) -> dict[str, Any]:
    return {"name": name, "from_file": True, "aliases": {}}


def _told(differs: bool, began: float) -> dict[str, Any]:
    warnings = [] if differs else ["nothing has changed: it was so before"]
    return {"warnings": warnings, "duration_ms": round((monotonic() - began) * 1000, 3)}
