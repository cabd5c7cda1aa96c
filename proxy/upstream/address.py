"""Where an endpoint or a listener is: host and port, or the path of a Unix socket."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Final

UNIX_PREFIX: Final = "unix:"

_LARGEST_PORT = 65535
_LONGEST_SOCKET_PATH_BYTES = 107  # sockaddr_un.sun_path on Linux, less its NUL
_LONGEST_NAME = 253
_NAME = re.compile(
    r"[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?(\.[A-Za-z0-9_]([A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?)*\.?"
)
_ONLY_NUMBERS = re.compile(r"[0-9.]+")


@dataclass(frozen=True, slots=True)
class Address:
    """`host` and `port`, or `path` (then host is empty and port 0). IPv6 stands here without its brackets.

    Port 0 is a listener's: any free port.
    """

    host: str = ""
    port: int = 0
    path: str | None = None

    @classmethod
    def parse(cls, text: str) -> Address:
        """Read `host:port`, `[v6]:port` or `unix:/path`; raises ValueError with words for the operator."""
        if text.startswith(UNIX_PREFIX):
            return cls(path=_socket_path(text.removeprefix(UNIX_PREFIX)))
        host, colon, digits = text.rpartition(":")
        if not colon or not host:
            raise ValueError(f"{text!r} is not host:port, [v6]:port or unix:/path")
        return cls(_host(host), _port(digits))

    @property
    def is_ip(self) -> bool:
        """Tell whether the host is an address already, so that nobody need be asked."""
        return _is_ip(self.host)

    def __str__(self) -> str:
        if self.path is not None:
            return UNIX_PREFIX + self.path
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def _socket_path(path: str) -> str:
    if not path.startswith("/") or "\0" in path:
        raise ValueError(f"a Unix socket needs an absolute path, unix:/path, not {path!r}")
    if len(path.encode()) > _LONGEST_SOCKET_PATH_BYTES:
        raise ValueError(f"the path of a Unix socket has at most {_LONGEST_SOCKET_PATH_BYTES} bytes: {path!r}")
    return path


def _port(digits: str) -> int:
    if not (digits.isascii() and digits.isdigit()) or len(digits) > 5 or int(digits) > _LARGEST_PORT:
        raise ValueError(f"{digits!r} is not a port between 0 and {_LARGEST_PORT}")
    return int(digits)


def _host(host: str) -> str:
    if host.startswith("[") and host.endswith("]"):
        return _ipv6(host[1:-1])
    if ":" in host:
        raise ValueError(f"put IPv6 in brackets: [{host}]:port")
    if _ONLY_NUMBERS.fullmatch(host):
        return _ipv4(host)
    if len(host) > _LONGEST_NAME or not _NAME.fullmatch(host):
        raise ValueError(f"{host!r} is not a host name")
    return host.lower()


def _ipv6(text: str) -> str:
    if ":" not in text or not _is_ip(text):
        raise ValueError(f"[{text}] is not an IPv6 address")
    return str(ip_address(text))


def _ipv4(text: str) -> str:
    if not _is_ip(text):
        raise ValueError(f"{text} is not an IPv4 address")
    return text


def _is_ip(text: str) -> bool:
    try:
        ip_address(text)
    except ValueError:
        return False
    return True
