"""The sockets' book: which sockets are open, for which listener and which worker.

The supervisor keeps them, so that a connection waits in its queue while a worker is replaced, and so that a reload or
an upgrade goes on with the ones that are open. A change is staged first: what it needs is opened beside what is open,
and either becomes the book or is closed again.
"""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain

from proxy.errors import StartError
from proxy.opened import Opened, claims
from proxy.runtime import log
from proxy.sockets import join_sockets, joinable, make_joinable, open_sockets
from proxy.upstream.address import Address


class Listening:
    """`inherited` are sockets that a predecessor or systemd opened; listeners take them before any is opened."""

    def __init__(self, inherited: Iterable[Opened] = ()) -> None:
        self._spare = list(inherited)
        self._opened: dict[str, Opened] = {}

    def stage(self, listeners: Mapping[str, str], workers: int) -> Staged:
        """Open what is missing for these listeners, addresses by name; raises StartError, and nothing has changed."""
        _check(listeners)
        known = self.everything()
        claimed = claims(listeners, known)
        leaving = [each for each in known if each not in claimed.values()]
        with contextlib.ExitStack() as fresh:
            opening = _Opening(workers, leaving, fresh)
            opened = {name: opening.opened(name, asked, claimed.get(name)) for name, asked in listeners.items()}
            return Staged(self, opened, fresh.pop_all())

    def adopt(self, opened: dict[str, Opened]) -> Leaving:
        """Make what was staged the book; returns what it has no more use for."""
        known = self.everything()
        used = set(_sockets(opened.values()))
        self._opened = opened
        self._spare = [each for each in known if each.keeper == "systemd" and used.isdisjoint(each.sockets)]
        for each in self._spare:
            log.warning("no listener uses systemd's socket %s on %s", each.name, each.address)
        return Leaving(
            _unused(each, used) for each in known if each.keeper != "systemd" and not used.issuperset(each.sockets)
        )

    @property
    def addresses(self) -> dict[str, Address]:
        """Return where each listener is, the port 0 replaced by the one that was given."""
        return {name: each.address for name, each in self._opened.items()}

    def of_worker(self, number: int) -> dict[str, socket.socket]:
        """Return the sockets of one worker by listener."""
        return {name: each.of_worker(number) for name, each in self._opened.items()}

    def everything(self) -> list[Opened]:
        """Return all that is open, for a successor: also what no listener uses now."""
        return [*self._opened.values(), *self._spare]

    def take_over(self) -> None:
        """Make what was the predecessor's ours, to be closed for good at the end."""
        self._opened = {name: _ours(each) for name, each in self._opened.items()}
        self._spare = [_ours(each) for each in self._spare]

    def close(self) -> None:
        """End all listeners; those that somebody else keeps are only let go."""
        self.let_go(set(_sockets(each for each in self.everything() if each.lent)))

    def let_go(self, held: Container[socket.socket]) -> None:
        """Close our copies of the sockets; those that are held live on elsewhere, and so do their paths."""
        everything = self.everything()
        self._opened, self._spare = {}, []
        Leaving(each for each in everything if each.sockets[0] not in held).unbind()
        for each in _sockets(everything):
            each.close()


class Staged:
    """Sockets for a changed set of listeners, before it is decided on."""

    def __init__(self, listening: Listening, opened: dict[str, Opened], fresh: contextlib.ExitStack) -> None:
        self._listening, self._opened, self._fresh = listening, opened, fresh

    def of_worker(self, number: int) -> dict[str, socket.socket]:
        """Return the sockets that one worker would have, by listener."""
        return {name: each.of_worker(number) for name, each in self._opened.items()}

    def commit(self) -> Leaving:
        """Make this the book; returns the sockets that go, still open."""
        self._fresh.pop_all()
        return self._listening.adopt(self._opened)

    def discard(self) -> None:
        """Close what was opened for it."""
        self._fresh.close()


class Leaving:
    """Sockets that nobody is to use any more: first `unbind`, then the workers empty their queues, then `close`."""

    def __init__(self, opened: Iterable[Opened]) -> None:
        self._opened = list(opened)

    def unbind(self) -> None:
        """Remove the paths of Unix sockets, so that no more clients find them; a path may soon be a successor's."""
        for each in self._opened:
            path = each.address.path
            if path is not None:
                with contextlib.suppress(FileNotFoundError):
                    os.unlink(path)

    def close(self) -> None:
        """Close the sockets; what a worker holds a copy of stays open as long as it does."""
        self.unbind()
        for each in _sockets(self._opened):
            each.close()
        self._opened.clear()


class _Opening:
    """Opens what listeners lack, and puts each new socket on a stack that closes it."""

    def __init__(self, workers: int, leaving: Sequence[Opened], fresh: contextlib.ExitStack) -> None:
        self._workers, self._leaving, self._fresh = workers, leaving, fresh

    def opened(self, name: str, asked: str, claimed: Opened | None) -> Opened:
        """Return a listener's sockets: what it claims, and what it needs beyond that."""
        if claimed is None:
            return Opened(name, asked, self._new(Address.parse(asked)))
        if claimed.keeper == "systemd":
            self._check_lent(name, asked, claimed)
        return replace(claimed, name=name, asked=asked, sockets=self._enough(name, claimed))

    def _new(self, address: Address) -> tuple[socket.socket, ...]:
        """Open a listener's sockets, if need be beside those of a listener that goes and has the port until then."""
        beside = address.path is None and make_joinable(_sockets(self._leaving), address.port)
        return self._noted(open_sockets(address, self._workers, beside=beside))

    def _enough(self, name: str, claimed: Opened) -> tuple[socket.socket, ...]:
        have = claimed.sockets
        lacking = self._workers - len(have)
        if lacking <= 0 or claimed.address.path is not None:
            return have[: self._workers]
        if claimed.keeper != "systemd":
            return have + self._noted(join_sockets(have[0], lacking))
        if joinable(have[0]):
            with contextlib.suppress(StartError):  # it is of another user, systemd's own (socket(7), SO_REUSEPORT)
                return have + self._noted(join_sockets(have[0], lacking))
        log.warning(
            "listener %s: systemd gave %d socket(s) for %d workers, which share them, unevenly; "
            "set ReusePort=yes, and ListenStream= once for each worker",
            *(name, len(have), self._workers),
        )
        return have

    def _check_lent(self, name: str, asked: str, lent: Opened) -> None:
        """Raise StartError for sockets that nobody would serve; say where the address is not the configured one."""
        if len(lent.sockets) > self._workers:
            raise StartError(
                f"listener {name}: systemd gave {len(lent.sockets)} sockets for {self._workers} worker(s), "
                "and what came to the others would wait for ever"
            )
        if lent.address != Address.parse(asked):
            log.warning("listener %s: systemd's socket is on %s, not on %s", name, lent.address, asked)

    def _noted(self, opened: list[socket.socket]) -> tuple[socket.socket, ...]:
        for each in opened:
            self._fresh.callback(each.close)
        return tuple(opened)


def _check(listeners: Mapping[str, str]) -> None:
    """Raise StartError for an address that can't be read."""
    for name, address in listeners.items():
        try:
            Address.parse(address)
        except ValueError as error:
            raise StartError(f"listener {name}: {error}") from error


def _sockets(opened: Iterable[Opened]) -> Iterator[socket.socket]:
    return chain.from_iterable(each.sockets for each in opened)


def _unused(opened: Opened, used: set[socket.socket]) -> Opened:
    return replace(opened, sockets=tuple(each for each in opened.sockets if each not in used))


def _ours(opened: Opened) -> Opened:
    return replace(opened, keeper="nobody") if opened.keeper == "predecessor" else opened
