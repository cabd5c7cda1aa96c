"""Whether a listener has certificates for the hosts that its routes are for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from config.findings import Finding, warning
from config.paths import Path
from config.schema import Config, Listener
from proxy.tls.names import covers


def judge_hosts(config: Config, listener: Listener, names: Sequence[str], at: Path) -> Iterator[tuple[Path, Finding]]:
    """Find hosts that are none of the certificates' names; where all are not, the certificates are the wrong ones."""
    hosts = {
        index: route.match.compiled().hosts
        for index, route in enumerate(config.routes)
        if listener.has(route) and route.match.hosts
    }
    bare = {index: [host for host in its if not is_covered(host, names)] for index, its in hosts.items()}
    if hosts and all(bare[index] == list(its) for index, its in hosts.items()):
        wanted = sorted({host for its in hosts.values() for host in its})
        yield (
            at,
            Finding(
                f"no certificate here is for a host of the listener's routes, such as {wanted[0]}: "
                f"there {'are ones' if len(names) > 1 else 'is one'} for {', '.join(names)}; get one for those hosts"
            ),
        )
        return
    for index, its in bare.items():
        for host in its:
            yield (
                Path(("routes", index, "match", "hosts")),
                warning(f"listener '{listener.name}' has no certificate for {host}, so clients will refuse it there"),
            )


def is_covered(host: str, names: Sequence[str]) -> bool:
    """Tell whether a certificate's name is for a host, or for one of those that a wildcard of routes stands for."""
    if host.startswith("*."):
        return any(name == host or name.endswith(host[1:]) for name in names)
    return any(covers(name, host) for name in names)
