"""The primary cache key: all of a request that may change the answer, Vary aside (RFC 9111 §2).

What is not keyed must not reach the origin on a fetch that others will share, or one client could choose what all
get ("web cache poisoning"). Parameters that a route ignores are therefore taken out of the query that is sent, and a
sorted query is sent sorted (`stripped`); fields that origins are known to heed are taken out in unkeyed.py.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from proxy.authority import DEFAULT_PORTS
from proxy.cache.query import NOTHING, Ignored, cached_query
from proxy.messages import Headers, Request


@dataclass(frozen=True, slots=True)
class KeyRules:
    """What a route's key leaves out and adds; names of fields in lower case, those of cookies as they are."""

    ignore_query: Ignored = NOTHING
    sort_query: bool = False
    headers: tuple[str, ...] = ()
    cookies: tuple[str, ...] = ()
    keeps_query: bool = field(init=False, repr=False)
    adds_nothing: bool = field(init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "keeps_query", not self.ignore_query and not self.sort_query)
        object.__setattr__(self, "adds_nothing", not self.headers and not self.cookies)

    def keyed_url(self, url: str) -> str:
        """Spell a URL as `keyed` does, for what names one that wasn't asked for."""
        if self.keeps_query:
            return url
        path, mark, query = url.partition("?")
        left = cached_query(query if mark else None, self.ignore_query, self.sort_query)
        return path if left is None else f"{path}?{left}"


class Key(NamedTuple):
    """`key` tells what is stored apart; `url` is what a purge names."""

    key: str
    url: str


_new = tuple.__new__  # the constructor of a NamedTuple runs in Python: 0.2 µs, more than the rest of a plain key


def keyed(request: Request, upstream_name: str, rules: KeyRules, extra: tuple[str, ...] = ()) -> Key:
    """Return the key of a request as the filters left it; `extra` is what these add.

    The key begins with the URL, which holds no space. After one space come the other parts, each with its length, or
    after two the upstream alone: no two lists of parts give one key.

    A default port that the client spells out is no part of the URL, but keyed: origins repeat it, and a redirect from
    `http://host:80/` to `https://host:80/` leads nowhere.
    """
    query = request.query if rules.keeps_query else stripped(request, rules)
    authority = said = request.authority
    if ":" in said:
        authority = _without_default_port(request)
    if query is None:
        url = f"{request.scheme}://{authority}{request.path}"
    else:
        url = f"{request.scheme}://{authority}{request.path}?{query}"
    if rules.adds_nothing and not extra and said == authority:
        return _new(Key, (f"{url}  {upstream_name}", url))
    parts = [upstream_name, *_said(request.headers, rules), *(_joined(["extra", text]) for text in extra)]
    if said != authority:
        parts.append(_joined(["authority", said]))
    return _new(Key, (f"{url} {_joined(parts)}", url))


def stripped(request: Request, rules: KeyRules) -> str | None:
    """Return the query that is keyed, which is also the one to send for an answer that will be shared."""
    return cached_query(request.query, rules.ignore_query, rules.sort_query)


def _without_default_port(request: Request) -> str:
    default = DEFAULT_PORTS.get(request.scheme)
    return request.host if request.authority == f"{request.host}:{default}" else request.authority


def _said(headers: Headers, rules: KeyRules) -> list[str]:
    """Return a part for each field and cookie; absent is not empty, and two lines are not one with a comma."""
    fields = [_part("header", name, headers.values(name.encode("latin-1"))) for name in rules.headers]
    return fields + [_part("cookie", name, _cookies(headers, name.encode("latin-1"))) for name in rules.cookies]


def _cookies(headers: Headers, name: bytes) -> list[bytes]:
    """Return all cookies of a name, as origins differ in which they take; whole lines where quotes may hide one."""
    found = []
    for line in headers.values(b"cookie"):
        if b'"' in line:
            found.append(line)
        elif name in line:
            pieces = (piece.strip(b" \t") for piece in line.split(b";"))
            found += [piece for piece in pieces if piece.partition(b"=")[0].rstrip(b" \t") == name]
    return found


def _part(kind: str, name: str, values: list[bytes]) -> str:
    return _joined([kind, name, *(value.decode("latin-1") for value in values)])


def _joined(parts: list[str]) -> str:
    return "".join(f"{len(part)}:{part}" for part in parts)
