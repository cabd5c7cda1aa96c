"""What the YAML, and the metadata of a deploy, may say of what a function reaches: `allow`."""

from __future__ import annotations

import re
from typing import Annotated, Final

from pydantic import BeforeValidator, Field, WithJsonSchema

from config.model import Model
from config.shorthand import Switch
from config.values import Cidr, Name, Text, parse_host
from wasm_host.functions.allowance import Allowance, HttpAllowance, StoreAllowance

_WITH_PORT: Final = re.compile(r"(.+):([0-9]{1,5})")


def parse_reachable(value: object) -> str:
    """Accept `api.example.com`, `*.example.com` or `[v6]`, with a port or without, in any case."""
    if value == "*":
        raise ValueError("'*' is every host; name those that are meant, *.example.com for all below one")
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a host; write api.example.com, *.example.com or api.example.com:8443")
    found = _WITH_PORT.fullmatch(value)
    if found is None:
        return parse_host(value)
    if not 1 <= int(found[2]) <= 65535:
        raise ValueError(f"{value!r} has no port that can be; write 1 to 65535, or none for the scheme's own")
    return f"{parse_host(found[1])}:{int(found[2])}"


Reachable = Annotated[
    str,
    BeforeValidator(parse_reachable),
    WithJsonSchema({"type": "string", "description": "host: api.example.com, *.example.com, api.example.com:8443"}),
]
YesOrNo = Annotated[bool, Field(strict=True)]


class StoreAllow(Model):
    """The cache or the key-value store: keys that begin with the prefix, in the function's own name space."""

    prefix: Text = ""
    writes: YesOrNo = True

    def allowance(self) -> StoreAllowance:
        return StoreAllowance(self.prefix, self.writes)


class HttpAllow(Model):
    """Hosts that may be sent requests, by HTTPS unless `plain`; those at private addresses only in `networks`."""

    hosts: Annotated[tuple[Reachable, ...], Field(min_length=1)]
    plain: YesOrNo = False
    networks: tuple[Cidr, ...] = ()

    def allowance(self) -> HttpAllowance:
        return HttpAllowance(self.hosts, self.plain, tuple(map(str, self.networks)))


class Allow(Model):
    """What a function may reach; what is not named is not there for it."""

    cache: Annotated[StoreAllow | None, Switch()] = None
    kv: Annotated[StoreAllow | None, Switch()] = None
    http: Annotated[HttpAllow | None, Switch()] = None
    routes: tuple[Text, ...] = ()
    secrets: frozenset[Name] = frozenset()
    rate_limits: YesOrNo = False
    metrics: YesOrNo = False
    random: YesOrNo = False
    time: YesOrNo = False

    def allowance(self) -> Allowance:
        return Allowance(
            cache=None if self.cache is None else self.cache.allowance(),
            kv=None if self.kv is None else self.kv.allowance(),
            http=None if self.http is None else self.http.allowance(),
            routes=self.routes,
            secrets=self.secrets,
            rate_limits=self.rate_limits,
            metrics=self.metrics,
            random=self.random,
            time=self.time,
        )
