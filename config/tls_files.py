"""Checks the PEM files that the configuration names: readable, certificates where they should be, keys that fit."""

from __future__ import annotations

from collections.abc import Iterator

from config.configuration import Configuration
from config.paths import Path
from proxy.errors import StartError
from proxy.listener import Certificate, TlsServer, server_tls
from proxy.upstream.settings import TlsClient

Fault = tuple[Path, str]


def tls_faults(configuration: Configuration) -> Iterator[Fault]:
    config = configuration.config
    for index, listener in enumerate(config.listeners):
        for number, files in enumerate(listener.tls.certificates if listener.tls is not None else ()):
            at = Path(("listeners", index, "tls", "certificates", number))
            yield from _pair_faults(configuration, files.cert, files.key, at)
    for name, upstream in config.upstreams.items():
        if upstream.tls is not None and upstream.tls.ca is not None:
            yield from _authority_faults(configuration, upstream.tls.ca, Path(("upstreams", name, "tls", "ca")))
    for name, cache in config.caches.items():
        at = Path(("caches", name, "redis"))
        if cache.redis is not None and cache.redis.ca is not None:
            yield from _authority_faults(configuration, cache.redis.ca, at / "ca")
        if cache.redis is not None and cache.redis.cert is not None and cache.redis.key is not None:
            yield from _pair_faults(configuration, cache.redis.cert, cache.redis.key, at)


def _pair_faults(configuration: Configuration, cert: str, key: str, at: Path) -> Iterator[Fault]:
    unreadable = [
        (at / which, f"cannot read {name}: {reason}")
        for which, name in (("cert", cert), ("key", key))
        if (reason := configuration.why_unreadable(name)) is not None
    ]
    yield from unreadable
    if unreadable:
        return
    try:
        server_tls(TlsServer((Certificate(configuration.located(cert), configuration.located(key)),)))
    except StartError as error:
        mismatch = "KEY_VALUES_MISMATCH" in str(error)
        yield at, f"the key {key} does not belong to the certificate {cert}" if mismatch else str(error)


def _authority_faults(configuration: Configuration, file: str, at: Path) -> Iterator[Fault]:
    if (reason := configuration.why_unreadable(file)) is not None:
        yield at, f"cannot read {file}: {reason}"
        return
    try:
        TlsClient(ca=configuration.located(file)).context()
    except StartError:
        yield at, f"{file} holds no certificates in PEM"
