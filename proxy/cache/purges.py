"""The purges so far, numbered: one comparison of numbers tells whether a stored response must be judged anew."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable
from typing import Final, Literal, NamedTuple, TypeAlias, TypeVar

from proxy.cache.purge import Purge

Taken: TypeAlias = Literal["soft", "hard"]

K = TypeVar("K", int, str)

MOST_NAMES: Final = 100_000
MOST_PREFIXES: Final = 1_000


class _Marks(NamedTuple):
    """The numbers of the last soft and the last hard purge of one thing, 0 where there was none."""

    soft: int = 0
    hard: int = 0

    def with_purge(self, number: int, hard: bool) -> _Marks:
        if hard:
            return _Marks(self.soft, max(self.hard, number))
        return _Marks(max(self.soft, number), self.hard)


_NONE: Final = _Marks()


class _Table(OrderedDict[K, _Marks]):
    """Marks by what was purged, the one purged longest ago first; a plain dict would search for that each time."""

    def mark(self, name: K, number: int, hard: bool) -> None:
        self[name] = self.pop(name, _NONE).with_purge(number, hard)

    def forget_over(self, most: int) -> int:
        """Shrink to `most` names, and return the highest number that was forgotten, 0 if none was."""
        forgotten = 0
        while len(self) > most:
            forgotten = max(forgotten, *self.popitem(last=False)[1])
        return forgotten


class Purges:
    """An index of purges by what they name: a purge costs the same however much is stored, and nothing is scanned.

    A stored response remembers the `version` that it is known to have survived, its `since`; `verdict` tells whether a
    later purge takes it. Memory is bounded: of more than `most_names` URLs and tags, or `most_prefixes` prefixes, the
    oldest are forgotten, and responses that have not been judged since these (before `floor`) count as taken softly.
    """

    def __init__(self, *, most_names: int = MOST_NAMES, most_prefixes: int = MOST_PREFIXES) -> None:
        self.version = 0
        self.floor = 0
        self._most_names = most_names
        self._most_prefixes = most_prefixes
        self._names: _Table[int] = _Table()
        self._prefixes: _Table[str] = _Table()
        self._prefix_tuple: tuple[str, ...] = ()
        self._last_prefix = 0
        self._all = _NONE

    def add(self, purge: Purge, version: int | None = None) -> int:
        """Enter a purge and return its number: the next, unless whoever orders the purges of all nodes gave `version`.

        A number below `version` still counts for what is older than it; repeating a purge changes nothing.
        """
        number = self.version + 1 if version is None else version
        self.version = max(self.version, number)
        if purge.kind == "all":
            self._all = self._all.with_purge(number, purge.hard)
        elif purge.kind == "prefix":
            self._prefixes.mark(purge.value, number, purge.hard)
            self._raise_floor(self._prefixes.forget_over(self._most_prefixes))
            self._prefix_tuple = tuple(self._prefixes)
            self._last_prefix = max(self._last_prefix, number)
        else:
            self._names.mark(_name(purge.kind, purge.value), number, purge.hard)
            self._raise_floor(self._names.forget_over(self._most_names))
        return number

    def verdict(self, url: str, tags: Iterable[str], since: int) -> Taken | None:
        """Tell whether a purge numbered above `since` takes the response stored for `url` with `tags`, and how."""
        if since >= self.version:
            return None
        taken: Taken | None = "soft" if self.floor > since else None
        for marks in self._naming(url, tags, since):
            if marks.hard > since:
                return "hard"
            if marks.soft > since:
                taken = "soft"
        return taken

    def lose(self, version: int | None = None) -> int:
        """Count everything up to now as taken softly, because purges may have been missed; return the new number.

        `version` is the number up to which they may have been missed, by default that of a purge that would come now.
        """
        number = max(self.version, self.version + 1 if version is None else version)
        self.version = number
        self._raise_floor(number)
        return number

    def _naming(self, url: str, tags: Iterable[str], since: int) -> list[_Marks]:
        """Return the marks of all that names a response."""
        names = self._names
        mine = [_name("url", url), *[_name("tag", tag) for tag in tags]]
        found = [self._all, *[names[name] for name in mine if name in names]]
        # One call in C for all prefixes; which of them it was is seldom asked.
        if since < self._last_prefix and url.startswith(self._prefix_tuple):
            found += [marks for prefix, marks in self._prefixes.items() if url.startswith(prefix)]
        return found

    def _raise_floor(self, number: int) -> None:
        self.floor = max(self.floor, number)


def _name(kind: Literal["url", "tag"], value: str) -> int:
    """Return a hash, for clients that change things choose how long URLs are: two with one hash are purged together."""
    return hash((kind, value))
