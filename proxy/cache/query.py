"""The query as the cache knows it: without the parameters that a route ignores, in one order."""

from __future__ import annotations

from typing import Final, Literal, TypeAlias
from urllib.parse import unquote_plus

Ignored: TypeAlias = frozenset[str] | Literal["all"]

NOTHING: Final[Ignored] = frozenset()


def cached_query(query: str | None, ignored: Ignored, sort: bool) -> str | None:
    """Return what is left of a query, None where nothing is.

    Parameters stand between `&`; their names are compared and sorted decoded, so that `utm_%73ource` is `utm_source`,
    and those that stay keep their spelling. Parameters of one name stay in their order, because origins tell `a=1&a=2`
    from `a=2&a=1`.
    """
    if query is None or ignored == "all":
        return None
    pieces = query.split("&")
    if ignored:
        pieces = [piece for piece in pieces if _name(piece) not in ignored]
        if not pieces:
            return None
    if sort:
        pieces.sort(key=_name)
    return "&".join(pieces)


def _name(parameter: str) -> str:
    name = parameter.partition("=")[0]
    return unquote_plus(name) if "%" in name or "+" in name else name
