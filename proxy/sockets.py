"""Sockets: those that workers listen on, how one is cut, and who is at its other end."""

from __future__ import annotations

import asyncio
import contextlib
import errno
import os
import socket
import stat
import struct
from collections.abc import Callable, Iterable
from typing import Any, Final

from proxy.errors import StartError
from proxy.exchange import Client
from proxy.tls.client_certificate import known_by_tls
from proxy.upstream.address import Address

BACKLOG: Final = 4096
"""Linux' default for net.core.somaxconn, which caps it anyway."""


def open_sockets(address: Address, count: int, *, beside: bool = False) -> list[socket.socket]:
    """Open sockets for `count` workers, of which the first listens; raises StartError that names address and cause.

    Linux deals connections out evenly between sockets that share a port (SO_REUSEPORT, socket(7)); from one socket the
    worker that happens to be awake takes them all. So the others are dealt none before their workers listen. A Unix
    socket has no such thing: there it is one for all.
    With `beside` other sockets may have the port already, if this user made them joinable.
    """
    try:
        if address.path is not None:
            return [_listening(_bound_unix(address.path))]
        first = _listening(_bound_tcp(address.host, address.port, beside))
        return [first, *_joined(first, count - 1)]
    except OSError as error:
        raise StartError(f"cannot listen on {address}: {_cause(error)}") from error


def join_sockets(first: socket.socket, count: int) -> list[socket.socket]:
    """Open `count` more sockets on the port of one that listens, for workers that are to; raises StartError."""
    try:
        return _joined(first, count)
    except OSError as error:
        raise StartError(f"cannot listen on {bound_address(first)}: {_cause(error)}") from error


def make_joinable(opened: Iterable[socket.socket], port: int) -> bool:
    """Let other sockets of this user share a port with these; tells whether any has it."""
    found = [each for each in opened if bound_address(each).port == port != 0]
    for each in found:
        each.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    return bool(found)


def joinable(opened: socket.socket) -> bool:
    return bool(opened.getsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT))


def open_socket(address: Address) -> socket.socket:
    """Open one listening socket; raises StartError."""
    return open_sockets(address, 1)[0]


def _cause(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the address is in use"
    return (error.strerror or str(error)).lower()


Place = str | tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""An address as the socket module has it."""


def _bound_tcp(host: str, port: int, beside: bool) -> socket.socket:
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, place = found[0]
    return _bound(_tcp(family), place, shared=beside)


def _tcp(family: int) -> socket.socket:
    """Make a socket that names its protocol: by it asyncio knows on which connections to set TCP_NODELAY."""
    return socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)


def _joined(first: socket.socket, count: int) -> list[socket.socket]:
    """Bind sockets to the place of one; only now may it be shared, so that a port in use was found out."""
    if count:
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    with contextlib.ExitStack() as undo:
        joined = [
            undo.enter_context(_bound(_tcp(first.family), first.getsockname(), shared=True)) for _ in range(count)
        ]
        undo.pop_all()
    return joined


def _bound_unix(path: str) -> socket.socket:
    remove_stale_socket(path)
    return _bound(socket.socket(socket.AF_UNIX), path)


def _bound(opened: socket.socket, place: Place, *, shared: bool = False) -> socket.socket:
    try:
        if opened.family != socket.AF_UNIX:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if opened.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # so [::] and 0.0.0.0 can be two listeners
        opened.setblocking(False)
        opened.bind(place)
    except BaseException:
        opened.close()
        raise
    return opened


def _listening(bound: socket.socket) -> socket.socket:
    try:
        bound.listen(BACKLOG)  # it fails where another came between bind and listen
    except BaseException:
        bound.close()
        raise
    return bound


def remove_stale_socket(path: str) -> None:
    """Remove a socket that nobody listens on any more; leave one in use, and what is no socket, to bind's error."""
    try:
        if not stat.S_ISSOCK(os.stat(path).st_mode):
            return
    except FileNotFoundError:
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        probe.setblocking(False)
        try:
            probe.connect(path)
        except ConnectionRefusedError:
            os.unlink(path)
        except BlockingIOError:
            return  # its backlog is full: very much in use


def of_descriptor(number: int) -> socket.socket:
    """Make a descriptor that came from elsewhere a socket of this process, which nothing that it starts inherits.

    Non-blocking, for Python takes such a socket for a blocking one and at its first `dup` makes it one, for all
    processes that have a copy.
    """
    os.set_inheritable(number, False)
    opened = socket.socket(fileno=number)
    opened.setblocking(False)
    return opened


def bound_address(opened: socket.socket) -> Address:
    """Return where a socket listens, the port 0 replaced by the one that was given."""
    name = opened.getsockname()
    if opened.family == socket.AF_UNIX:
        return Address(path=name)
    return Address(name[0], name[1])


_NO_LINGER: Final = struct.pack("ii", 1, 0)


def reset(transport: asyncio.Transport) -> None:
    """End a connection by RST, dropping what is not yet sent: so its peer takes nothing that was cut for whole."""
    raw = transport.get_extra_info("socket")
    if raw is not None and raw.fileno() >= 0 and raw.family != socket.AF_UNIX:
        raw.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NO_LINGER)
    transport.abort()


def client_at(info: Callable[[str], Any], listener: str, *, tls: bool) -> Client:
    """Return who is at the other end of a transport, asked by its `get_extra_info`; a Unix socket has no address."""
    address, port = _host_and_port(info("peername"))
    local_address, local_port = _host_and_port(info("sockname"))
    client = Client(address, port, listener, tls, None, local_address, local_port)
    connection = info("ssl_object") if tls else None
    return client if connection is None else known_by_tls(client, connection)


MAPPED: Final = "::ffff:"


def _host_and_port(place: object) -> tuple[str, int]:
    """Return what is in a socket's address.

    A socket of systemd's on [::] takes IPv4 too, as mapped addresses (RFC 4291 §2.5.5.2), which no rule for IPv4 meets.
    """
    if not isinstance(place, tuple):
        return "", 0
    host, port = place[0], place[1]
    if host.startswith(MAPPED) and "." in host:
        host = host.removeprefix(MAPPED)
    return host, port
