"""URLs that fields of a response name, in the spelling of the cache's own."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from proxy.authority import DEFAULT_PORTS
from proxy.errors import BadRequest
from proxy.path import normalise_path


def same_origin_url(url: str, reference: bytes) -> str | None:
    """Resolve a reference against `url`; None where it leads to another origin, or nowhere."""
    try:
        named = urlsplit(urljoin(url, reference.decode("latin-1")))
        own = urlsplit(url)
        if _origin(named.scheme, named.hostname, named.port) != _origin(own.scheme, own.hostname, own.port):
            return None
        path = normalise_path(named.path or "/")
    except (ValueError, BadRequest):  # no port, no address in the brackets, a path that nobody could ask for
        return None
    return f"{own.scheme}://{own.netloc}{path}" + (f"?{named.query}" if named.query else "")


def _origin(scheme: str, host: str | None, port: int | None) -> tuple[str, str | None, int | None]:
    return scheme, host, port or DEFAULT_PORTS.get(scheme)
