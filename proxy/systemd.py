"""What systemd gives a service and hears from it: sockets that it opened, and the service's state.

The protocols are a few environment variables and datagrams: sd_listen_fds(3), sd_notify(3), sd_watchdog_enabled(3).
"""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import Callable
from typing import Final

from proxy.errors import StartError
from proxy.opened import Opened
from proxy.runtime import log, monotonic
from proxy.sockets import bound_address, of_descriptor
from proxy.upstream.address import Address

FIRST_DESCRIPTOR: Final = 3
"""SD_LISTEN_FDS_START."""

SEND_TIMEOUT_S: Final = 1.0


def activated() -> list[Opened]:
    """Return the sockets that systemd opened for this process, once; raises StartError for what is no such socket.

    Those of one name on one address are one listener's: ReusePort=yes with ListenStream= given once for each worker.
    """
    pid, count, names = (os.environ.pop(f"LISTEN_{each}", "") for each in ("PID", "FDS", "FDNAMES"))
    if pid != str(os.getpid()):
        return []
    found: dict[tuple[str, Address], list[socket.socket]] = {}
    for number, name in enumerate(_names(names, int(count)), FIRST_DESCRIPTOR):
        opened = _listening(number, name)
        found.setdefault((name, bound_address(opened)), []).append(opened)
    return [Opened(name, str(address), tuple(sockets), "systemd") for (name, address), sockets in found.items()]


def _names(text: str, count: int) -> list[str]:
    """Return a name for each descriptor; where systemd tells none, the empty one."""
    names = text.split(":") if text else []
    return names if len(names) == count else [""] * count


def _listening(descriptor: int, name: str) -> socket.socket:
    try:
        opened = of_descriptor(descriptor)
    except OSError as error:
        raise StartError(f"systemd gave {name or descriptor}, which is no socket") from error
    if opened.type != socket.SOCK_STREAM or not opened.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN):
        raise StartError(f"systemd gave {name or descriptor}, which does not listen: use ListenStream= and Accept=no")
    return opened


class Notifier:
    """Tells systemd how the service is; without `address`, the service manager's socket, it tells nobody."""

    def __init__(self, address: str | None = None, watchdog_s: float | None = None) -> None:
        self._address = address
        self._watchdog_s = watchdog_s
        self._beat: asyncio.TimerHandle | None = None

    @classmethod
    def of_environment(cls) -> Notifier:
        """Return what this process's service manager listens to."""
        return cls(os.environ.get("NOTIFY_SOCKET"), _watchdog_s(os.environ.get))

    def ready(self, status: str) -> None:
        self._send("READY=1", f"STATUS={status}")
        if self._watchdog_s is not None and self._beat is None:
            self._keep_beating(self._watchdog_s / 2)

    def reloading(self) -> None:
        """Say that a reload begins, which `ready` ends."""
        self._send("RELOADING=1", f"MONOTONIC_USEC={int(monotonic() * 1_000_000)}", "STATUS=reloading")

    def stopping(self) -> None:
        self._send("STOPPING=1", "STATUS=draining")

    def status(self, text: str) -> None:
        self._send(f"STATUS={text}")

    def hand_on(self, pid: int) -> None:
        """Make another process of this service its main one; systemd heeds only the main one (NotifyAccess=main)."""
        self.quiet()
        self._send(f"MAINPID={pid}")

    def quiet(self) -> None:
        """Tell no more that this process is alive."""
        if self._beat is not None:
            self._beat.cancel()

    def _keep_beating(self, every_s: float) -> None:
        self._send("WATCHDOG=1")
        self._beat = asyncio.get_running_loop().call_later(every_s, self._keep_beating, every_s)

    def _send(self, *assignments: str) -> None:
        if self._address is None:
            return
        # An address that begins with @ is an abstract one, which begins with NUL (unix(7)).
        address = "\0" + self._address[1:] if self._address.startswith("@") else self._address
        message = "\n".join(each.replace("\n", " ") for each in assignments)
        try:
            with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as speaking:
                speaking.settimeout(SEND_TIMEOUT_S)
                speaking.sendto(message.encode(), address)
        except OSError as error:
            log.warning("systemd was not told %s: %s", assignments[0], error)


def _watchdog_s(environment: Callable[[str], str | None]) -> float | None:
    """Return after which silence systemd ends this process, if it does."""
    microseconds, pid = environment("WATCHDOG_USEC"), environment("WATCHDOG_PID")
    if not microseconds or not microseconds.isdigit() or pid not in (None, str(os.getpid())):
        return None
    return int(microseconds) / 1_000_000 or None
