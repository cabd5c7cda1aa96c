"""The supervisor: opens and keeps the listening sockets, and keeps workers that serve them.

A worker may die at any time. Connections that it has not accepted yet wait in its sockets' queues, which are the
supervisor's, and the worker that takes its place inherits the same sockets. One that drains on its own (it got SIGTERM)
is replaced at once, while its last exchanges end.
"""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from collections.abc import Callable, Collection, Mapping
from typing import Any

from proxy.administration import Administration
from proxy.answers import Answers
from proxy.bequest import Bequest
from proxy.command_line import command_line
from proxy.deploys import Deploys
from proxy.errors import StartError
from proxy.limits import LAST_REQUEST_S
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.pid_file import PidFile
from proxy.plan import Generation, Load, Plan
from proxy.predecessor import Predecessor
from proxy.reload_report import Book
from proxy.reloading import Reloads
from proxy.replacement import Replacement
from proxy.runtime import log, monotonic, spawn
from proxy.systemd import Notifier, activated
from proxy.tls.tickets import new_ticket_key
from proxy.upgrade import Successor, Upgrades
from proxy.watch import watch
from proxy.workforce import Workforce


def supervise(plan: Plan, load: Load | None = None, pid_file: PidFile | None = None) -> int:
    """Run until a signal ends it; returns the process's exit status. `load` reads the configuration anew."""
    try:
        asyncio.run(Supervisor(plan, load, pid_file, Predecessor.of_environment()).run())
    except StartError as error:
        print(f"penstock: {error}", file=sys.stderr)
        return 1
    return 0


def _nothing_to_load() -> Plan:
    raise StartError("this proxy was not started from a file")


class Supervisor:
    """`predecessor` is the process that this one is to succeed."""

    def __init__(
        self,
        plan: Plan,
        load: Load | None = None,
        pid_file: PidFile | None = None,
        predecessor: Predecessor | None = None,
    ) -> None:
        registry, one_at_a_time = Registry(), asyncio.Lock()
        left = Bequest(0, new_ticket_key(), activated(), None) if predecessor is None else predecessor.bequest
        self._pid_file, self._predecessor = pid_file, predecessor
        self._notifier = Notifier.of_environment()
        self._listening = Listening(left.opened)
        self._workforce = Workforce(
            Generation(left.generation + 1, plan), left.ticket_key, self._listening, registry, self._hear_ready
        )
        self._answers = Answers(
            self._workforce, registry, one_at_a_time, self.reload, self.reload_state, self._roll_out
        )
        self._administration = Administration(self._answers, left.admin)
        self._book = Book(registry)
        replacement = Replacement(self._workforce, self._listening, self._administration)
        self._deploys = Deploys(self._workforce, replacement, self._book, one_at_a_time)
        self._reloads = Reloads(
            load or _nothing_to_load,
            self._workforce,
            replacement,
            self._book,
            one_at_a_time,
            self._notifier.reloading,
            self._tell_ready,
        )
        self._upgrades = Upgrades(
            command_line(), self._bequest, self._step_down, self._note_failed_upgrade, one_at_a_time
        )
        self._upgrade_failures = registry.upgrade_failures.child()
        self._failure: StartError | None = None
        self._begun = self._succeeded = self._told_to_stop = False

    @property
    def plan(self) -> Plan:
        """What runs now."""
        return self._workforce.generation.plan

    async def run(self) -> None:
        """Serve until told to stop and the last worker has ended; raises StartError."""
        watching: asyncio.Task[None] | None = None
        try:
            self._leaving = self._listening.stage(self.plan.listeners, self.plan.workers).commit()
            if self._predecessor is None:
                await self._start_admin()
            self._book.note_start(self._workforce.generation.number)
            self._take_signals()
            watching = asyncio.create_task(watch(lambda: self.plan.watched, self.reload), name="watch")
            await self._workforce.keep()
        finally:
            if watching is not None:
                watching.cancel()
            self._listening.close()
            await self._upgrades.stop()
            await self._administration.stop()
            if self._pid_file is not None:
                self._pid_file.remove()
        if self._failure is not None:
            raise self._failure

    async def _start_admin(self) -> None:
        (await self._administration.stage(self.plan.admin)).commit()

    async def reload(self) -> dict[str, Any]:
        """Reload, and tell what came of it as the admin does (`proxy.admin.sources.Sources.reload`)."""
        return (await self._reloads.reload()).message()

    def reload_state(self) -> dict[str, Any]:
        return self._book.state()

    async def _roll_out(self, functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
        await self._deploys.roll_out(functions, decide)

    # -- signals

    def _take_signals(self) -> None:
        loop = asyncio.get_running_loop()
        loop.add_signal_handler(signal.SIGTERM, self.stop)
        loop.add_signal_handler(signal.SIGINT, self.stop)
        loop.add_signal_handler(signal.SIGHUP, lambda: spawn(self._reloads.reload(), "reload at SIGHUP"))
        loop.add_signal_handler(signal.SIGUSR1, self._reopen_logs)
        loop.add_signal_handler(signal.SIGUSR2, self._upgrade)

    def stop(self) -> None:
        """Let the workers drain, as they do already where a successor serves; a second call ends them at once."""
        if self._told_to_stop:
            self._workforce.kill()
            return
        self._told_to_stop = True
        if self._succeeded:
            return
        self._notifier.stopping()
        lent = self._lent()
        self._listening.close()
        self._workforce.stop(self.plan.drain_timeout_s, idle_s=0.0, held=lent)
        spawn(self._upgrades.stop(), "end of an upgrade")

    def _lent(self) -> set[socket.socket]:
        """Return the sockets that somebody else has when this process ends."""
        return {each for opened in self._listening.everything() if opened.lent for each in opened.sockets}

    def _reopen_logs(self) -> None:
        self._workforce.tell_all("reopen_logs")
        self._administration.reopen_log()

    # -- upgrades

    def _upgrade(self) -> None:
        if self._workforce.stopping.is_set():
            log.warning("no upgrade: this process is about to end")
        else:
            self._upgrades.upgrade()

    def _bequest(self) -> Bequest:
        workforce = self._workforce
        everything = self._listening.everything()
        return Bequest(workforce.generation.number, workforce.ticket_key, everything, self._administration.opened)

    async def _step_down(self, successor: Successor, taken: Collection[socket.socket]) -> None:
        """Let the successor be the one, and the workers drain."""
        self._succeeded = True
        await self._administration.stop()
        self._notifier.hand_on(successor.pid)
        await successor.hand_over()
        held = self._lent().union(taken)
        self._listening.let_go(held)
        self._workforce.stop(self.plan.drain_timeout_s, idle_s=LAST_REQUEST_S, held=held)

    def _note_failed_upgrade(self) -> None:
        self._upgrade_failures.value += 1
        if self._pid_file is not None:
            self._pid_file.write()  # by which `penstock upgrade` learns of it

    async def _succeed(self, predecessor: Predecessor) -> None:
        """Become the one that serves; raises StartError."""
        await predecessor.succeed(self._listening)
        self._workforce.succeeded_at = monotonic()
        if not self._workforce.stopping.is_set():
            self._listening.take_over()
            self._leaving.close()

    # -- readiness

    def _hear_ready(self) -> None:
        if not self._begun and self._workforce.why_not_ready() is None:
            self._begun = True
            spawn(self._begin(), "beginning")

    async def _begin(self) -> None:
        """Do what waits until all workers are ready for the first time."""
        try:
            if self._predecessor is not None:
                await self._start_admin()
            if self._pid_file is not None:
                self._pid_file.write()
            if self._predecessor is not None:
                await self._succeed(self._predecessor)
        except StartError as error:
            self._failure = error
            self.stop()
            return
        self._announce()
        self._tell_ready()

    def _announce(self) -> None:
        """Print one line for the operator."""
        places = [f"{name} on {address}" for name, address in self._listening.addresses.items()]
        if self._administration.admin is not None:
            places.append(f"admin on {self._administration.admin.url}")
        print(f"penstock: ready, {_workers(self.plan.workers)}; {', '.join(places)}", file=sys.stderr, flush=True)

    def _tell_ready(self) -> None:
        """Tell systemd that all is ready: once that is so for the first time, and after each reload."""
        if self._begun and not self._workforce.stopping.is_set():
            self._notifier.ready(f"generation {self._workforce.generation.number}, {_workers(self.plan.workers)}")


def _workers(count: int) -> str:
    return f"{count} worker{'' if count == 1 else 's'}"
