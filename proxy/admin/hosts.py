"""By which names the admin lets itself be called.

A web page may bind its own name to 127.0.0.1 and then read what its visitor's browser finds there; the name it can't
hide, for the browser sends it as Host (RFC 9110 §7.2).
"""

from __future__ import annotations

from collections.abc import Collection
from ipaddress import ip_address


def is_ours(authority: str, hosts: Collection[str]) -> bool:
    """Tell whether an authority is an IP address, localhost, or one of the hosts; whatever its port."""
    host = authority.rpartition(":")[0] if ":" in authority and not authority.endswith("]") else authority
    host = host.lower().removesuffix(".")
    return host in ("", "localhost") or host in hosts or _is_address(host)


def _is_address(host: str) -> bool:
    try:
        ip_address(host.removeprefix("[").removesuffix("]"))
    except ValueError:
        return False
    return True
