"""What an unsafe method makes invalid (RFC 9111 §4.4)."""

from __future__ import annotations

from typing import Final

from proxy.cache.reference import same_origin_url
from proxy.messages import Request, Response

SAFE: Final = frozenset({"GET", "HEAD", "OPTIONS", "TRACE", "PROPFIND", "REPORT", "SEARCH", "QUERY"})
"""Methods registered as safe; every other one may change something, unknown ones too."""
_NAMING: Final = (b"location", b"content-location")


def invalidated(request: Request, response: Response, url: str) -> list[str]:
    """Return the URLs whose stored responses are to be invalidated; `url` is the one that was asked for.

    What Location and Content-Location name is among them if it is of the same origin: nobody empties another's cache.
    """
    if request.method in SAFE or not 200 <= response.status <= 399:
        return []
    references = [value for name in _NAMING if (value := response.headers.find(name)) is not None]
    others = [same_origin_url(url, reference) for reference in references]
    return list(dict.fromkeys([url, *filter(None, others)]))
