"""Routes that let clients in by certificate, on listeners that ask none for one."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from config.paths import Path
from config.schema import Config, Listener, NamedStep, OwnStep

_TYPE: Final = "client_certificate"


def certificate_oddities(config: Config) -> Iterator[tuple[Path, str]]:
    """Tell of steps that no client can pass, or that never see a certificate."""
    for index, route in enumerate(config.routes):
        listeners = [listener for listener in config.listeners if listener.has(route)]
        if any(map(_asks_clients, listeners)):
            continue
        for number, step in enumerate(route.filters):
            if _type_of(config, step) == _TYPE:
                yield (
                    Path(("routes", index, "filters", number)),
                    f"no listener of route '{route.name}' asks clients for certificates; give one tls: {{client: …}}",
                )


def _asks_clients(listener: Listener) -> bool:
    return listener.tls is not None and listener.tls.client is not None


def _type_of(config: Config, step: NamedStep | OwnStep) -> str:
    return step.type if isinstance(step, OwnStep) else config.filters[step.use].type
