"""The Vary field (RFC 9110 §12.5.5)."""

from __future__ import annotations

from proxy.messages import Headers


def add_vary(headers: Headers, name: str) -> None:
    """Say that the answer depends on a request field, unless that is said already."""
    present = headers.joined("Vary")
    if present is None:
        headers.add("Vary", name)
        return
    members = {member.strip().lower() for member in present.split(",")}
    if not members & {"*", name.lower()}:
        headers.add("Vary", name)
