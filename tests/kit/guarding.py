"""A proxy whose firewall has rules that a test reads at a glance, compiled as a user would have them compiled."""

from __future__ import annotations

import json
import pathlib
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from types import MappingProxyType
from typing import Any, Final

from kit.messages import Message
from kit.origin import FakeOrigin, Script, answering
from kit.proxy import Proxy, in_front_of
from kit.seclang import compiled
from kit.wire import Wire, eventually, get

RULES: Final = """
SecAction "id:1,phase:1,pass,nolog,setvar:tx.inbound_anomaly_score=0"
SecRule REQUEST_HEADERS:X-Bad "@contains attack" "id:10,phase:1,deny,log,msg:'an attack in a field'"
SecRule ARGS "@contains attack" "id:20,phase:2,pass,log,msg:'an attack',severity:CRITICAL,tag:attack-plain,\\
    setvar:tx.inbound_anomaly_score=+5"
SecRule ARGS "@contains odd" "id:21,phase:2,pass,log,msg:'something odd',severity:ERROR,tag:paranoia-level/2,\\
    setvar:tx.inbound_anomaly_score=+4"
SecRule ARGS:colour "!@within %{tx.colours}" "id:22,phase:2,deny,status:422,log,msg:'no such colour',chain"
    SecRule &TX:colours "@eq 1"
SecRule TX:inbound_anomaly_score "@ge %{tx.inbound_anomaly_score_threshold}" "id:29,phase:2,deny,log,msg:'too much'"
SecRule RESPONSE_HEADERS:X-Leak "@unconditionalMatch" "id:30,phase:3,deny,log,msg:'a leak in a field'"
SecRule RESPONSE_STATUS "@streq 599" "id:31,phase:3,deny,log,msg:'an odd status'"
SecRule RESPONSE_BODY "@contains secret-key" "id:40,phase:4,deny,log,msg:'a leak'"
"""
ATTACK: Final = "/?q=an+attack"
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


def guarded(
    directory: pathlib.Path,
    *origins: FakeOrigin | str,
    rules: str = RULES,
    chain: Sequence[Any] = ("waf",),
    filters: Mapping[str, Any] = NOTHING,
    route: Mapping[str, Any] = NOTHING,
    more: Mapping[str, Any] = NOTHING,
    **options: Any,
) -> str:
    """Write a configuration whose one route has the firewall `waf` with these options; `more` are its other keys."""
    (directory / "own.blob").write_bytes(compiled(rules).blob)
    waf = {"type": "waf", "rules": "own.blob", **options}
    return in_front_of(
        *(origins or ["127.0.0.1:9"]), filters={"waf": waf, **filters}, route={"filters": list(chain), **route}, **more
    )


@asynccontextmanager
async def guarding(
    directory: pathlib.Path, script: Script | bytes | None = None, **how: Any
) -> AsyncIterator[tuple[Proxy, FakeOrigin]]:
    """Serve with a firewall before an origin; `how` as for `guarded`."""
    plays = answering(script) if isinstance(script, bytes) else script or answering()
    async with FakeOrigin(plays) as origin:
        text = guarded(directory, origin, **how)
        async with Proxy(text, directory=directory) as proxy:
            yield proxy, origin


async def asked(proxy: Proxy, request: bytes | str = "/", *, to: str = "GET") -> Message:
    """Ask on a connection of its own, and wait until the exchange is in the books."""
    client = await proxy.connect()
    await client.send(get(request) if isinstance(request, str) else request)
    answer = await client.expect_response(to=to)
    await settled(proxy)
    return answer


async def settled(proxy: Proxy) -> None:
    await eventually(lambda: not proxy.in_flight)


def requests_of(origin: FakeOrigin) -> int:
    """Return how many requests have come to an origin."""
    return origin.recorded.count(b" HTTP/1.1\r\n")


def counted(proxy: Proxy) -> dict[str, Any]:
    """Return how many exchanges were counted by what became of them, whatever the route and filter."""
    counts: dict[str, Any] = {}
    for labels, value in proxy.registry.snapshot().get("waf_requests_total", []):
        counts[labels[2]] = counts.get(labels[2], 0) + value
    return counts


def lines(file: pathlib.Path) -> list[dict[str, Any]]:
    """Return the lines of a log."""
    return [json.loads(line) for line in file.read_text().splitlines()]


async def silent(wire: Wire) -> None:
    """Be an origin whose conversation the test itself holds."""
