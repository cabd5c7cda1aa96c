"""What to send where an answer says that something is elsewhere (RFC 9110 §15.4)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, TypeAlias

from wasm_host.functions.network.target import Target

Fields: TypeAlias = tuple[tuple[str, str], ...]

MOST_REDIRECTS: Final = 5
REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})

_OF_CONTENT: Final = frozenset({"digest", "last-modified"})
# Any other field may be a credential: of Authorization and Cookie it is known, of X-Api-Key it is not.
_TOLD_TO_OTHERS: Final = frozenset({"accept", "accept-language", "content-encoding", "content-type", "user-agent"})


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request that is checked, and goes out as it is."""

    method: str
    target: Target
    fields: Fields
    body: bytes


def redirected(sent: Outgoing, status: int, location: str) -> Outgoing:
    """Return the request that follows a redirect; its target is yet to be judged. Raises HostcallFailed."""
    target = sent.target.resolve(location)
    method = _method(sent.method, status)
    following = replace(sent, method=method, target=target)
    if method != sent.method:
        following = replace(following, body=b"", fields=_without_content(sent.fields))
    if target.origin != sent.target.origin:
        following = replace(following, fields=_told_to_others(following.fields))
    return following


def _method(method: str, status: int) -> str:
    if status == 303 and method != "HEAD":
        return "GET"
    return "GET" if status in (301, 302) and method == "POST" else method


def _without_content(fields: Fields) -> Fields:
    return tuple(
        (name, value)
        for name, value in fields
        if not name.lower().startswith("content-") and name.lower() not in _OF_CONTENT
    )


def _told_to_others(fields: Fields) -> Fields:
    return tuple((name, value) for name, value in fields if name.lower() in _TOLD_TO_OTHERS)
