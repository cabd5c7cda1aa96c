"""Where a cache's shared tier is and how it is used."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, Self, TypeAlias
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

KIB: Final = 1024
MIB: Final = 1024 * KIB

Kind: TypeAlias = Literal["server", "sentinel", "cluster"]

_KINDS: Final[dict[str, Kind]] = {"": "server", "sentinel": "sentinel", "cluster": "cluster"}
_PORTS: Final[dict[Kind, int]] = {"server": 6379, "sentinel": 26379, "cluster": 6379}


@dataclass(frozen=True, slots=True)
class RedisAddress:
    """One server, the Sentinels that know the master of `service`, or some nodes of a cluster.

    `hosts` is empty where `path` names a Unix socket.
    """

    kind: Kind
    hosts: tuple[tuple[str, int], ...] = ()
    path: str | None = None
    tls: bool = False
    username: str | None = None
    password: str | None = None
    database: int = 0
    service: str = ""

    @classmethod
    def parse(cls, url: str) -> Self:
        """Read `redis://`, `redis+sentinel://host,host/service/db`, `redis+cluster://` (TLS: `rediss…`), or `unix://`.

        Raises ValueError, without quoting the URL, which may hold a password.
        """
        parts = urlsplit(url)
        user, _, hosts = parts.netloc.rpartition("@")
        username, _, password = (unquote(each) or None for each in user.partition(":"))
        if parts.scheme == "unix":
            return cls("server", (), parts.path, False, username, password, _database(_option(parts, "db")))
        family, _, suffix = parts.scheme.partition("+")
        if family not in ("redis", "rediss") or suffix not in _KINDS:
            raise ValueError("unknown scheme of a Redis URL")
        kind = _KINDS[suffix]
        path = parts.path.strip("/").split("/")
        service = unquote(path.pop(0)) if kind == "sentinel" else ""
        if kind == "sentinel" and not service:
            raise ValueError("a Sentinel URL names its service")
        return cls(
            kind,
            tuple(_host(host, _PORTS[kind]) for host in hosts.split(",")),
            None,
            family == "rediss",
            username,
            password,
            _database(path[0] if path else ""),
            service,
        )


def _option(parts: SplitResult, name: str) -> str:
    return parse_qs(parts.query).get(name, [""])[0]


def _database(text: str) -> int:
    if text and not (text.isascii() and text.isdigit()):
        raise ValueError("the database of a Redis URL is a number")
    return int(text or 0)


def _host(text: str, default_port: int) -> tuple[str, int]:
    parts = urlsplit(f"//{text}")
    if not parts.hostname:
        raise ValueError("a Redis URL names its hosts")
    return parts.hostname, parts.port or default_port


@dataclass(frozen=True, slots=True)
class RedisSettings:
    """A lookup takes at most `timeout_s`; `failures` timeouts in a row stop all use for a while.

    `ca`, `cert` and `key` are paths of PEM files. Bodies up to `inline_bytes` come with the lookup's one round trip,
    larger ones lie in chunks. `backlog_bytes` may wait to be written. Who fetches for all nodes holds a lock for at
    most `lock_s`.
    """

    url: str
    timeout_s: float = 0.05
    ca: str | None = None
    cert: str | None = None
    key: str | None = None
    failures: int = 5
    inline_bytes: int = 32 * KIB
    chunk_bytes: int = 256 * KIB
    backlog_bytes: int = 16 * MIB
    lock_s: float = 5.0
