"""What an origin and a client say to a cache, as values; the cache under test reads them only as field lines."""

from __future__ import annotations

from dataclasses import dataclass, fields
from email.utils import formatdate
from typing import Literal, TypeAlias

NEVER = float("-inf")
Fields: TypeAlias = list[tuple[str, str]]
_QUALIFIED = {"private_field": 'private="x-mine"', "no_cache_field": 'no-cache="x-mine"'}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """Directives of a response; times in seconds. The two `…_field` speak of X-Mine alone."""

    max_age: int | None = None
    s_maxage: int | None = None
    stale_while_revalidate: int | None = None
    stale_if_error: int | None = None
    public: bool = False
    private: bool = False
    no_store: bool = False
    no_cache: bool = False
    must_revalidate: bool = False
    proxy_revalidate: bool = False
    must_understand: bool = False
    private_field: bool = False
    no_cache_field: bool = False

    def spelt(self) -> list[str]:
        return [
            _QUALIFIED.get(name, _word(name, value))
            for name in (each.name for each in fields(self))
            if (value := getattr(self, name)) is not None and value is not False
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a request says to caches. `max_stale` may be endless; `pragma` says no-cache in the older way."""

    max_age: int | None = None
    max_stale: float | None = None
    min_fresh: int | None = None
    no_cache: bool = False
    no_store: bool = False
    only_if_cached: bool = False
    pragma: bool = False

    def field_lines(self) -> Fields:
        if self.pragma:
            return [("Pragma", "no-cache")]
        words = [
            _word(name, value)
            for name in ("max_age", "max_stale", "min_fresh", "no_cache", "no_store", "only_if_cached")
            if (value := getattr(self, name)) is not None and value is not False
        ]
        return [("Cache-Control", ", ".join(words))] if words else []


def _word(name: str, value: float) -> str:
    spelt = name.replace("_", "-")
    return spelt if value is True or value == float("inf") else f"{spelt}={int(value)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """The fields of one answer that concern a cache, each as one value, None where absent. Times are wall-clock.

    `targeted` is CDN-Cache-Control, "broken" where it is no Structured Field. `expires` is NEVER where it is no date.
    """

    cache_control: Words | None = None
    targeted: Words | Literal["broken"] | None = None
    expires: float | None = None
    date: float | None = None
    age: int | None = None
    vary: tuple[str, ...] | None = None
    etag: str | None = None
    last_modified: float | None = None
    set_cookie: str | None = None
    mine: str | None = None
    tags: tuple[str, ...] | None = None

    def over(self, older: Said) -> Said:
        """Return what holds once this, of a 304, has updated what was stored (RFC 9111 §3.2).

        Date and Age tell how old this very answer is, so that those of an older one say nothing about it.
        """
        newer = {name: value for each in fields(self) if (value := getattr(self, name := each.name)) is not None}
        kept = {each.name: getattr(older, each.name) for each in fields(older) if each.name not in ("date", "age")}
        return Said(**{**kept, **newer})

    def field_lines(self, style: int) -> Fields:
        """Spell them; `style` chooses among the ways there are."""
        lines = _cache_control(self.cache_control, style)
        if self.targeted is not None:
            lines.append(("CDN-Cache-Control", _structured(self.targeted)))
        if self.expires is not None:
            lines.append(("Expires", "0" if self.expires == NEVER else formatdate(self.expires, usegmt=True)))
        for name, moment in (("Date", self.date), ("Last-Modified", self.last_modified)):
            if moment is not None:
                lines.append((name, formatdate(moment, usegmt=True)))
        for name, text in (("ETag", self.etag), ("Set-Cookie", self.set_cookie), ("X-Mine", self.mine)):
            if text is not None:
                lines.append((name, text))
        if self.age is not None:
            lines.append(("Age", str(self.age)))
        if self.vary:
            lines += [("Vary", name) for name in self.vary] if style == 2 else [("Vary", ", ".join(self.vary))]
        if self.tags:
            lines.append(("Surrogate-Key", " ".join(self.tags)) if style else ("Cache-Tag", ",".join(self.tags)))
        return lines


def _cache_control(words: Words | None, style: int) -> Fields:
    if words is None:
        return []
    spelt = words.spelt()
    if style == 1:
        return [("cache-control", ",".join(each.upper() for each in spelt))]
    if style == 2:
        return [("Cache-Control", each) for each in spelt]
    return [("Cache-Control", ", ".join(spelt))]


def _structured(words: Words | Literal["broken"]) -> str:
    return "max-age=600, , =" if words == "broken" else ", ".join(words.spelt())
