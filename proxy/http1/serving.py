"""From a listener's specification to what serves its connections."""

from __future__ import annotations

from proxy.http1.downstream import Downstream
from proxy.http1.intake import IntakeRules
from proxy.http1.service import Service
from proxy.listener import ListenerSpec
from proxy.metrics import Registry
from proxy.pipeline import Pipeline
from proxy.runtime import sweeper
from proxy.traffic import Traffic


class Serving:
    """Serves HTTP/1 on one listener; made on the loop that serves."""

    def __init__(self, spec: ListenerSpec, registry: Registry) -> None:
        pipeline = Pipeline(
            spec.router,
            Traffic(registry, spec.name),
            error_pages=spec.error_pages,
            access_log=spec.access_log,
        )
        rules = IntakeRules(spec.limits, paths=spec.paths, trusted_hops=spec.trusted_hops, via=spec.via)
        gauge = registry.downstream_connections.child(spec.name)
        self.service = Service(spec.name, pipeline, rules, spec.limits, sweeper(), gauge, tls=spec.tls is not None)

    def connection(self) -> Downstream:
        return Downstream(self.service)

    async def drain(self) -> None:
        """Close idle connections, let the others end with their exchange; return when the last has ended."""
        self.service.drain()
        await self.service.emptied()
