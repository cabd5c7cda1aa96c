"""Checks the PEM files that the configuration names: readable, what they should be, and good for what they are for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Protocol

from config.admin_options import AdminTls
from config.configuration import Configuration
from config.findings import Finding
from config.paths import Path
from config.pem_files import PemFile, Unusable, read_pem
from config.schema import Listener
from config.tls_hosts import judge_hosts
from config.tls_options import ListenerTls

if TYPE_CHECKING:
    from config.certificates import Purpose

Found = tuple[Path, Finding]


class Outbound(Protocol):
    """The files by which we know others, and they us."""

    @property
    def ca(self) -> str | None: ...
    @property
    def cert(self) -> str | None: ...
    @property
    def key(self) -> str | None: ...


def tls_findings(configuration: Configuration) -> Iterator[Found]:
    config = configuration.config
    for index, listener in enumerate(config.listeners):
        if listener.tls is not None:
            at = Path(("listeners", index, "tls"))
            yield from _inbound(configuration, listener.tls, at)
            yield from _hosts(configuration, listener, listener.tls, at / "certificates")
    if config.admin is not None and config.admin.tls is not None:
        yield from _inbound(configuration, config.admin.tls, Path(("admin", "tls")))
    for name, upstream in config.upstreams.items():
        if upstream.tls is not None:
            yield from _outbound(configuration, upstream.tls, Path(("upstreams", name, "tls")))
    for name, cache in config.caches.items():
        if cache.redis is not None:
            yield from _outbound(configuration, cache.redis, Path(("caches", name, "redis")))
    for name, store in () if config.functions is None else config.functions.tiers():
        yield from _outbound(configuration, store, Path(("functions", name, "redis")))


def _inbound(configuration: Configuration, tls: ListenerTls | AdminTls, at: Path) -> Iterator[Found]:
    for number, files in enumerate(tls.certificates):
        yield from _pair(configuration, files.cert, files.key, "server", at / "certificates" / number)
    if tls.client is not None:
        yield from _authorities(configuration, tls.client.ca, at / "client" / "ca")


def _outbound(configuration: Configuration, files: Outbound, at: Path) -> Iterator[Found]:
    if files.ca is not None:
        yield from _authorities(configuration, files.ca, at / "ca")
    if files.cert is not None and files.key is not None:
        yield from _pair(configuration, files.cert, files.key, "client", at)


def _pair(configuration: Configuration, cert: str, key: str, purpose: Purpose, at: Path) -> Iterator[Found]:
    from config.certificate_files import judge_pair  # Where there is TLS only: its library takes 10 MB.

    read: list[PemFile] = []
    for which, name in (("cert", cert), ("key", key)):
        try:
            read.append(read_pem(configuration, name))
        except Unusable as error:
            yield at / which, Finding(str(error))
    if len(read) == 2:
        yield from ((at, found) for found in judge_pair(read[0], read[1], purpose, datetime.now(UTC)))


def _authorities(configuration: Configuration, name: str, at: Path) -> Iterator[Found]:
    from config.certificate_files import judge_authorities

    try:
        file = read_pem(configuration, name)
    except Unusable as error:
        yield at, Finding(str(error))
        return
    yield from ((at, found) for found in judge_authorities(file, datetime.now(UTC)))


def _hosts(configuration: Configuration, listener: Listener, tls: ListenerTls, at: Path) -> Iterator[Found]:
    from config.certificates import names_shown

    try:
        names = [name for each in tls.certificates for name in names_shown(read_pem(configuration, each.cert).content)]
    except Unusable:
        return
    if names:  # Else it is said already what the certificates want.
        yield from judge_hosts(configuration.config, listener, list(dict.fromkeys(names)), at)
