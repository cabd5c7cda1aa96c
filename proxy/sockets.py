"""Sockets: those that workers listen on, how one is cut, and who is at its other end."""

from __future__ import annotations

import asyncio
import errno
import os
import socket
import stat
import struct
from collections.abc import Callable
from typing import Any, Final

from proxy.errors import StartError
from proxy.exchange import Client
from proxy.upstream.address import Address

BACKLOG: Final = 4096
"""Linux' default for net.core.somaxconn, which caps it anyway."""


def open_sockets(address: Address, count: int) -> list[socket.socket]:
    """Open one listening socket for each of `count` workers; raises StartError that names the address and the cause.

    Linux deals connections out evenly between sockets that share a port (SO_REUSEPORT, socket(7)); from one socket the
    worker that happens to be awake takes them all. A Unix socket has no such thing: there it is the same one.
    """
    try:
        if address.path is not None:
            return [_listening(_bound_unix(address.path))] * count
        return [_listening(each) for each in _bound_tcp(address.host, address.port, count)]
    except OSError as error:
        raise StartError(f"cannot listen on {address}: {_cause(error)}") from error


def open_socket(address: Address) -> socket.socket:
    """Open one listening socket; raises StartError."""
    return open_sockets(address, 1)[0]


def _cause(error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return "the address is in use"
    return (error.strerror or str(error)).lower()


Place = str | tuple[str, int] | tuple[str, int, int, int] | tuple[int, bytes]
"""An address as the socket module has it."""


def _bound_tcp(host: str, port: int, count: int) -> list[socket.socket]:
    """Bind the first socket alone, so that a port in use is found out, and let the others join it."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE)
    family, _, _, _, place = found[0]
    first = _bound(socket.socket(family), place)
    bound = [first]
    for _ in range(count - 1):
        first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        other = socket.socket(family)
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        bound.append(_bound(other, first.getsockname()))
    return bound


def _bound_unix(path: str) -> socket.socket:
    remove_stale_socket(path)
    return _bound(socket.socket(socket.AF_UNIX), path)


def _bound(opened: socket.socket, place: Place) -> socket.socket:
    try:
        if opened.family != socket.AF_UNIX:
            opened.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if opened.family == socket.AF_INET6:
            opened.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)  # so [::] and 0.0.0.0 can be two listeners
        opened.bind(place)
    except BaseException:
        opened.close()
        raise
    return opened


def _listening(bound: socket.socket) -> socket.socket:
    bound.listen(BACKLOG)
    bound.setblocking(False)
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
    peer, local = info("peername"), info("sockname")
    address, port = (peer[0], peer[1]) if isinstance(peer, tuple) else ("", 0)
    local_address, local_port = (local[0], local[1]) if isinstance(local, tuple) else ("", 0)
    return Client(address, port, listener, tls, None, local_address, local_port)
