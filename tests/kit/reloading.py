"""Configurations that differ in what an answer says, and so tell which of them a request has met."""

from __future__ import annotations

from typing import Any

from kit.messages import Message
from kit.origin import FakeOrigin
from kit.proxy import in_front_of
from kit.wire import Wire, get


def marked(mark: str, *origins: FakeOrigin | str, listeners: tuple[str, ...] = (), **sections: Any) -> str:
    """Write a configuration whose answers bear a mark; `listeners` are more than the one called `test`."""
    more: dict[str, Any] = {}
    if listeners:
        more["listeners"] = [{"name": name, "address": "127.0.0.1:0"} for name in ("test", *listeners)]
    route = {"filters": [{"type": "headers", "response": {"set": {"X-Mark": mark}}}], **sections.pop("route", {})}
    return in_front_of(*origins, route=route, **more, **sections)


async def mark_met(client: Wire, target: str = "/") -> str | None:
    """Ask on a connection that stands; returns the mark of the answer."""
    await client.send(get(target))
    return mark_of(await client.expect_response(200))


def mark_of(response: Message) -> str | None:
    return response.get("X-Mark")
