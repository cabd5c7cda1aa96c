"""What the YAML may say: one model a mapping, unknown keys refused. What spans several places is judged elsewhere."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self, TypeAlias, get_args

from pydantic import ConfigDict, Discriminator, Field, Tag, model_validator

from config.admin_options import Admin
from config.caching import Cache, RouteCache
from config.conditions import When
from config.function_options import Functions, RouteFunction
from config.hash_by import HashBy
from config.matching import MatchRule
from config.model import Model
from config.shorthand import Shorthand, under
from config.tls_options import ListenerTls, UpstreamTls
from config.values import (
    Address,
    ByteRate,
    Cidr,
    Duration,
    EndpointAddress,
    Method,
    Name,
    Size,
    Text,
    Workers,
)

LogField: TypeAlias = Literal[
    "time",
    "id",
    "client",
    "listener",
    "route",
    "method",
    "host",
    "path",
    "status",
    "bytes",
    "duration_ms",
    "answered_by",
    "reason",
    "upstream",
    "endpoint",
    "attempts",
    "cache",
    "cache_reason",
    "waf",
    "waf_rules",
    "waf_score",
]
OnError: TypeAlias = Literal["closed", "open"]
Count = Annotated[int, Field(ge=1, le=1_000_000, strict=True)]


class RouteLimits(Model):
    """The limits that act once a route is known; they take the place of the listener's."""

    header_bytes: Size | None = None
    header_count: Count | None = None
    body_bytes: Size | None = None
    body_idle_timeout: Duration | None = None
    body_min_rate: ByteRate | None = None
    body_min_rate_window: Duration | None = None
    send_timeout: Duration | None = None
    response_timeout: Duration | None = None
    trailer_bytes: Size | None = None
    tunnel_idle_timeout: Duration | None = None


class ListenerLimits(RouteLimits):
    """Every limit; the defaults stand in proxy/limits.py."""

    request_line_bytes: Size | None = None
    header_timeout: Duration | None = None
    idle_timeout: Duration | None = None
    connections: Count | None = None


class Paths(Model):
    """What a path may hold, as proxy/path.py has it."""

    encoded_slashes: Literal["refuse", "keep"] = "refuse"
    merge_slashes: bool = True


class ProxyProtocol(Model):
    """Whose PROXY headers are believed; nobody else is let in."""

    networks: Annotated[tuple[Cidr, ...], Field(min_length=1, alias="from")]


class Redirect(Model):
    """Where a listener sends what none of its routes takes."""

    scheme: Literal["https"] = "https"
    port: Annotated[int, Field(ge=1, le=65535, strict=True)] = 443
    status: Literal[301, 302, 307, 308] = 308


class Listener(Model):
    name: Name
    address: Address
    proxy_protocol: ProxyProtocol | None = None
    trusted_hops: tuple[Cidr, ...] = ()
    paths: Paths = Paths()
    limits: ListenerLimits = ListenerLimits()
    tls: ListenerTls | None = None
    redirect: Redirect | None = None

    @model_validator(mode="after")
    def _headers_of_somebody(self) -> Self:
        if self.proxy_protocol is not None and self.address.startswith("unix:"):
            raise ValueError("proxy_protocol is for TCP: the peers of a Unix socket have no address to be known by")
        return self

    @model_validator(mode="after")
    def _redirects_from_elsewhere(self) -> Self:
        if self.redirect is not None and self.tls is not None:
            raise ValueError("give either tls or redirect: who comes by TLS has nowhere to be sent")
        return self

    def has(self, route: Route) -> bool:
        """Tell whether a route stands here; one that names no listener stands on all that do not redirect."""
        return self.redirect is None if route.listeners is None else self.name in route.listeners


class AccessLog(Model):
    path: Text = "stdout"
    fields: Annotated[tuple[LogField, ...], Field(min_length=1)] = get_args(LogField)


class Endpoint(Model):
    address: EndpointAddress
    weight: Annotated[int, Field(ge=1, le=65535, strict=True)] = 1


class UpstreamTimeouts(Model):
    connect: Duration = 1.0
    first_byte: Duration = 10.0
    idle: Duration = 30.0


class Retries(Model):
    attempts: Annotated[int, Field(ge=1, le=10, strict=True)] = 2
    on: frozenset[Literal["connect", "reset"]] = frozenset({"connect", "reset"})


class Upstream(Model):
    endpoints: Annotated[tuple[Annotated[Endpoint, under("address")], ...], Field(min_length=1)]
    balance: Literal["round_robin", "least_requests", "hash"] = "round_robin"
    hash: HashBy | None = None
    timeouts: UpstreamTimeouts = UpstreamTimeouts()
    retries: Retries = Retries()
    tls: UpstreamTls | None = None

    @model_validator(mode="after")
    def _hash_where_balanced_by_it(self) -> Self:
        if self.balance == "hash" and self.hash is None:
            raise ValueError("balance: hash needs hash: {header: x-user}, {cookie: sid} or {client: true}")
        if self.balance != "hash" and self.hash is not None:
            raise ValueError(f"hash is given, but balance is {self.balance}; write balance: hash")
        return self


class Filter(Model):
    """A named filter; the options of its type stand beside these keys (config/registry.py)."""

    model_config = ConfigDict(extra="allow")

    type: Text
    on_error: OnError = "closed"


class NamedStep(Model):
    """A named filter in a route. `with` replaces options of it, here only; `disable` takes it out of this chain."""

    use: Text
    options: dict[str, Any] = Field(default_factory=dict, alias="with")
    when: When | None = None
    on_error: OnError | None = None
    disable: Annotated[bool, Field(strict=True)] = False


class OwnStep(Filter):
    """A filter that only this route has."""

    when: When | None = None


def _kind_of_step(value: Any) -> str:
    """Tell the kinds apart for pydantic; the tags have spaces, so that no key of the YAML equals one."""
    own = isinstance(value, OwnStep) or (isinstance(value, dict) and "type" in value and "use" not in value)
    return "own step" if own else "named step"


FilterStep = Annotated[
    Annotated[NamedStep, Tag("named step")] | Annotated[OwnStep, Tag("own step")],
    Discriminator(_kind_of_step),
    under("use"),
]


class WeightedUpstream(Model):
    name: Text
    weight: Annotated[int, Field(ge=0, le=1_000_000, strict=True)] = 1


Upstreams = Annotated[
    tuple[Annotated[WeightedUpstream, under("name")], ...],
    Field(min_length=1),
    Shorthand(lambda word: [{"name": word}]),
]
Status = Annotated[int, Field(ge=400, le=599)]


class ErrorPage(Model):
    """The body for a status: a file, or text; `{id}` in it becomes the exchange's id."""

    path: Text | None = None
    body: Text | None = None
    content_type: Text | None = None

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.path is None) == (self.body is None):
            raise ValueError("give either path or body")
        return self


class Route(Model):
    name: Name
    listeners: Annotated[tuple[Text, ...], Field(min_length=1)] | None = None
    match: MatchRule = MatchRule()
    filters: tuple[FilterStep, ...] = ()
    allow_methods: frozenset[Method] = frozenset()
    cache: Annotated[RouteCache, under("use")] | None = None
    upstream: Upstreams = ()
    function: Annotated[RouteFunction, under("name")] | None = None
    limits: RouteLimits = RouteLimits()
    error_pages: dict[Status, ErrorPage] = Field(default_factory=dict)

    @model_validator(mode="after")
    def _somebody_answers(self) -> Self:
        if not self.upstream and self.function is None and not self.filters:
            raise ValueError(
                "nobody answers here: give an upstream, a function, or a filter that answers, such as respond"
            )
        if self.upstream and self.function is not None:
            raise ValueError("give either upstream or function: one answers; a function before it is a filter")
        if self.upstream and not any(each.weight for each in self.upstream):
            raise ValueError("all weights of the upstreams are 0")
        return self

    @model_validator(mode="after")
    def _function_in_the_path(self) -> Self:
        path = self.match.path
        if self.function is not None and self.function.from_path and (path is None or path.prefix is None):
            raise ValueError("from_path names the function by the segment behind a prefix: give match.path.prefix")
        return self

    @model_validator(mode="after")
    def _something_to_cache(self) -> Self:
        if self.cache is not None and not self.upstream and self.function is None:
            raise ValueError("there is nothing to cache here: give an upstream or a function, or take the cache out")
        return self


class Reload(Model):
    """What makes Penstock read its configuration anew, besides a signal and the admin."""

    on_change: Annotated[bool, Field(strict=True)] = False


class Config(Model):
    """The whole file."""

    version: Literal[1]
    workers: Workers = 1
    drain_timeout: Duration = 30.0
    reload: Reload = Reload()
    listeners: Annotated[tuple[Listener, ...], Field(min_length=1)]
    access_log: AccessLog | None = None
    filters: dict[Name, Filter] = Field(default_factory=dict)
    upstreams: dict[Name, Upstream] = Field(default_factory=dict)
    caches: dict[Name, Cache] = Field(default_factory=dict)
    routes: Annotated[tuple[Route, ...], Field(min_length=1)]
    error_pages: dict[Status, ErrorPage] = Field(default_factory=dict)
    functions: Functions | None = None
    admin: Admin | None = None


FILTER_KEYS = frozenset(OwnStep.model_fields)
"""The keys beside which a filter's options stand."""
