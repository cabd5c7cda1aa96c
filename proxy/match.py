"""What a route asks of a request, and in which words it turns one down.

Each condition judges (`holds`) and, where it doesn't hold, says why (`refusal`): the words of `penstock explain`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias
from urllib.parse import parse_qsl, quote

from proxy.authority import parse_host
from proxy.errors import BadRequest
from proxy.path import PathRules, normalise_path

if TYPE_CHECKING:
    from proxy.exchange import Client
    from proxy.messages import Request

Network: TypeAlias = IPv4Network | IPv6Network
Wanted: TypeAlias = str | Literal[True] | re.Pattern[str]
"""The exact value, True for any value at all, or a pattern to search for."""

_CONFIGURED = PathRules(encoded_slashes="keep")
_VISIBLE = "".join(map(chr, range(0x21, 0x7F)))


class Condition(Protocol):
    def holds(self, request: Request, client: Client) -> bool: ...

    def refusal(self, request: Request, client: Client) -> str:
        """Say why the condition, which doesn't hold, doesn't hold."""


@dataclass(frozen=True, slots=True)
class PathMatch:
    """A path to match, in the spelling that requests are normalised to; raises ValueError for what never matches.

    A prefix goes by whole segments: `/v1` takes `/v1` and `/v1/x`, not `/v10`; `/v1/` takes only what is below. A
    regex is searched for; anchor it yourself.
    """

    kind: Literal["exact", "prefix", "regex"]
    value: str
    matches: Callable[[str], bool] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        literal = self.kind == "regex" or (self.kind == "exact" and self.value == "*")  # OPTIONS * asks for no path
        value = self.value if literal else _as_requested(self.value)
        object.__setattr__(self, "value", value)
        object.__setattr__(self, "matches", _PATH_TESTS[self.kind](value))


def _as_requested(path: str) -> str:
    try:
        return normalise_path(quote(path, safe=_VISIBLE), _CONFIGURED)
    except BadRequest as exc:
        raise ValueError(f"{exc}: {path!r}") from exc


def _exactly(value: str) -> Callable[[str], bool]:
    return value.__eq__


def _below(value: str) -> Callable[[str], bool]:
    below = value if value.endswith("/") else f"{value}/"
    return lambda path: path.startswith(below) or path == value


def _containing(value: str) -> Callable[[str], bool]:
    try:
        search = re.compile(value).search
    except re.error as exc:
        raise ValueError(f"not a regular expression: {exc}") from exc
    return lambda path: search(path) is not None


_PATH_TESTS = {"exact": _exactly, "prefix": _below, "regex": _containing}


@dataclass(frozen=True, slots=True)
class Match:
    """Everything a route asks; what is left empty asks nothing. Raises ValueError for hosts that never match.

    Hosts are names without a port; `*.example.org` stands for every name below, not for `example.org` itself. Of
    fields and query parameters given several times, one that fits is enough. `GET` does not include HEAD.
    """

    hosts: tuple[str, ...] = ()
    path: PathMatch | None = None
    methods: frozenset[str] = frozenset()
    headers: Mapping[str, Wanted] = field(default_factory=dict)
    query: Mapping[str, Wanted] = field(default_factory=dict)
    clients: tuple[Network, ...] = ()

    def __post_init__(self) -> None:
        object.__setattr__(self, "hosts", tuple(map(_host_pattern, self.hosts)))

    def conditions(self) -> Iterator[Condition]:
        """Return every condition in the order in which an operator thinks of them."""
        if self.hosts:
            yield HostIs(self.hosts)
        if self.path is not None:
            yield PathIs(self.path)
        yield from self.further_conditions()

    def further_conditions(self) -> Iterator[Condition]:
        """Return the conditions that are neither on the host nor on the path."""
        if self.methods:
            yield MethodIs(self.methods)
        for name, wanted in self.headers.items():
            yield HeaderIs(name, wanted)
        for name, wanted in self.query.items():
            yield QueryIs(name, wanted)
        if self.clients:
            yield ClientIn(self.clients)


def _host_pattern(pattern: str) -> str:
    star, name = ("*.", pattern[2:]) if pattern.startswith("*.") else ("", pattern)
    try:
        host = parse_host(name.encode("latin-1", "replace"))
    except BadRequest as exc:
        raise ValueError(f"not a host name, nor one behind '*.': {pattern!r}") from exc
    if "*" in name or host.port is not None:
        raise ValueError(f"a host is a name without a port, with a star at most as its first label: {pattern!r}")
    return star + host.host


@dataclass(frozen=True, slots=True)
class HostIs:
    hosts: tuple[str, ...]

    def holds(self, request: Request, client: Client) -> bool:
        return any(_is_host(request.host, pattern) for pattern in self.hosts)

    def refusal(self, request: Request, client: Client) -> str:
        return f"host {request.host} is {_not(self.hosts)}"


def _is_host(host: str, pattern: str) -> bool:
    return host.endswith(pattern[1:]) if pattern.startswith("*.") else host == pattern


@dataclass(frozen=True, slots=True)
class PathIs:
    path: PathMatch

    def holds(self, request: Request, client: Client) -> bool:
        return self.path.matches(request.path)

    def refusal(self, request: Request, client: Client) -> str:
        relation = {"exact": "is not", "prefix": "is not under", "regex": "does not match"}[self.path.kind]
        return f"path {request.path} {relation} {self.path.value}"


@dataclass(frozen=True, slots=True)
class MethodIs:
    methods: frozenset[str]

    def holds(self, request: Request, client: Client) -> bool:
        return request.method in self.methods

    def refusal(self, request: Request, client: Client) -> str:
        return f"method {request.method} is {_not(sorted(self.methods))}"


@dataclass(frozen=True, slots=True)
class HeaderIs:
    name: str
    wanted: Wanted

    def holds(self, request: Request, client: Client) -> bool:
        return _fits(self.wanted, request.headers.getall(self.name))

    def refusal(self, request: Request, client: Client) -> str:
        return _misfit(f"header {self.name}", self.wanted, request.headers.getall(self.name))


@dataclass(frozen=True, slots=True)
class QueryIs:
    """Compares decoded values, read as forms are: `+` is a space, a name without `=` has the empty value."""

    name: str
    wanted: Wanted

    def holds(self, request: Request, client: Client) -> bool:
        return _fits(self.wanted, self._values(request))

    def refusal(self, request: Request, client: Client) -> str:
        return _misfit(f"query parameter {self.name}", self.wanted, self._values(request))

    def _values(self, request: Request) -> list[str]:
        return [value for name, value in _parameters(request.query or "") if name == self.name]


@lru_cache(maxsize=64)  # the routes of one request ask again and again
def _parameters(query: str) -> list[tuple[str, str]]:
    return parse_qsl(query, keep_blank_values=True)


@dataclass(frozen=True, slots=True)
class ClientIn:
    networks: tuple[Network, ...]

    def holds(self, request: Request, client: Client) -> bool:
        ip = _ip(client.address)
        return ip is not None and any(ip in network for network in self.networks)

    def refusal(self, request: Request, client: Client) -> str:
        networks = ", ".join(map(str, self.networks))
        return f"client {client.address} is {'not in' if len(self.networks) == 1 else 'in none of'} {networks}"


@lru_cache(maxsize=1024)
def _ip(address: str) -> IPv4Address | IPv6Address | None:
    """Read a client's address, `::ffff:` of a dual-stack socket taken off; a Unix socket's peer has none."""
    try:
        ip = ip_address(address)
    except ValueError:
        return None
    return getattr(ip, "ipv4_mapped", None) or ip


def _fits(wanted: Wanted, values: list[str]) -> bool:
    if wanted is True:
        return bool(values)
    if isinstance(wanted, str):
        return wanted in values
    return any(wanted.search(value) for value in values)


def _misfit(what: str, wanted: Wanted, values: list[str]) -> str:
    if wanted is True or not values:
        return f"{what} is missing"
    shown = ", ".join(f'"{value}"' for value in values)
    return (
        f'{what} is {shown}, not "{wanted}"' if isinstance(wanted, str) else f"{what} is {shown}, not ~{wanted.pattern}"
    )


def _not(names: Sequence[str]) -> str:
    return f"not {names[0]}" if len(names) == 1 else f"none of {', '.join(names)}"
