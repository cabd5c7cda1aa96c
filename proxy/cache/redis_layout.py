"""How stored responses lie in Redis: the names of keys, and one response as bytes.

What is read back may be anything: another version's, another program's, cut, or forged. So an entry carries a check
sum, and whatever could change the framing of an answer is looked at again.

An entry: magic and layout, the body's version and chunk size (0 where the body is inline) and length; the facts; the
counted texts and lists; the inline body; CRC-32 of all before. Numbers are big-endian.
"""

from __future__ import annotations

import math
import re
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct
from typing import Final, TypeVar
from urllib.parse import quote

from proxy.cache.rfc9111 import selected
from proxy.cache.stored import Stored
from proxy.errors import CacheStoreError
from proxy.messages import Headers

LAYOUT: Final = 1
"""Goes up with every change of the keys or of an entry, so that old and new never meet."""

VERSION_BYTES: Final = 8
LONGEST_VALUE: Final = 64
"""A selecting field's value longer than this goes by its digest."""
LONGEST_LIFE_MS: Final = 365 * 86_400_000

_MAGIC: Final = b"P%c" % LAYOUT
_PREFIX: Final = Struct(">2s8sIQ")
_FACTS: Final = Struct(">H?dddddQ")
_COUNT: Final = Struct(">I")
_SUM_BYTES: Final = 4
_NONE: Final = 0xFFFFFFFF
PREFIX_BYTES: Final = _PREFIX.size

_LINE: Final = re.compile(rb"([!#$%&'*+\-.^_`|~0-9A-Za-z]+):[^\x00-\x08\x0a-\x1f\x7f]*")
_TEXT: Final = re.compile(rb"[^\x00-\x08\x0a-\x1f\x7f]*")
_FRAMING: Final = frozenset({b"content-length", b"transfer-encoding", b"connection"})

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Place:
    """The keys of one resource. They share a hash tag, so that a cluster keeps them together."""

    stem: str

    @property
    def entries(self) -> str:
        return f"{self.stem}:entries"

    @property
    def lock(self) -> str:
        return f"{self.stem}:lock"

    def chunk(self, version: bytes, index: int) -> str:
        return f"{self.stem}:{version.hex()}:{index}"


class Keys:
    """The names of one cache's keys."""

    def __init__(self, namespace: str) -> None:
        self._root = f"penstock:{LAYOUT}:{quote(namespace, safe='')}"
        self.purge_state = f"{self._root}:{{purges}}:state"
        self.purge_events = f"{self._root}:{{purges}}:events"

    def place(self, key: str) -> Place:
        digest = blake2b(key.encode("utf-8", "surrogatepass"), digest_size=16)
        return Place(f"{self._root}:{{{digest.hexdigest()}}}")


@dataclass(frozen=True, slots=True)
class Chunks:
    """Where a body lies that is not inline: keys of its own, in pieces of `chunk_bytes` but for the last."""

    version: bytes
    chunk_bytes: int
    length: int

    @property
    def count(self) -> int:
        return -(-self.length // self.chunk_bytes)

    def size(self, index: int) -> int:
        return min(self.chunk_bytes, self.length - index * self.chunk_bytes)

    def keys(self, place: Place) -> list[str]:
        return [place.chunk(self.version, index) for index in range(self.count)]


# -- what selects among the responses of one resource


def request_blob(headers: Headers) -> bytes:
    """Write a request's fields so that the lookup's script finds each by its name, and takes it as it stands."""
    names = tuple(dict.fromkeys(headers.names()))
    fields = zip(names, selected(names, headers), strict=True)
    return b"\n%b\n" % b"\n".join(b"%b:%b" % (name, _told(value)) for name, value in fields)


def vary_names(vary: tuple[bytes, ...]) -> bytes:
    return b",".join(vary)


def variant_name(variant: Iterable[bytes | None]) -> bytes:
    """Name the hash's field of a response as the script does: the letter e and what each selecting field said."""
    return b"\n".join((b"e", *map(_told, variant)))


def _told(value: bytes | None) -> bytes:
    if value is None:
        return b"-"
    if len(value) > LONGEST_VALUE or b"\n" in value:
        return b"#" + blake2b(value, digest_size=16).hexdigest().encode()
    return b"=" + value


def life_ms(stored: Stored, now: float) -> int:
    """Return for how long it is worth keeping, 0 if it is not."""
    return int(max(0.0, min((stored.keep_until - now) * 1000, LONGEST_LIFE_MS)))


# -- one response as bytes


def encode(stored: Stored, body: bytes | Chunks) -> bytes:
    """Write an entry with its inline body, or with word where its chunks are."""
    if isinstance(body, Chunks):
        prefix, inline = _PREFIX.pack(_MAGIC, body.version, body.chunk_bytes, body.length), b""
    else:
        prefix, inline = _PREFIX.pack(_MAGIC, bytes(VERSION_BYTES), 0, len(body)), body
    facts = _FACTS.pack(
        stored.status,
        stored.must_revalidate,
        stored.born,
        stored.fresh_until,
        stored.keep_until,
        stored.stale_while_revalidate_s,
        stored.stale_if_error_s,
        stored.generation,
    )
    texts = (_raw(stored.key), _raw(stored.url), stored.status_line, stored.etag, stored.last_modified)
    lists = (stored.lines, stored.vary, stored.variant, [_raw(tag) for tag in stored.tags])
    pieces = [prefix, facts, *map(_counted, texts)]
    for each in lists:
        pieces.append(_COUNT.pack(len(each)))
        pieces += map(_counted, each)
    whole = b"".join((*pieces, inline))
    return whole + _COUNT.pack(zlib.crc32(whole))


def decode(raw: object, key: str) -> tuple[Stored, Chunks | None]:
    """Read the entry of a resource back; raises CacheStoreError for anything but what `encode` wrote for this key."""
    if not isinstance(raw, bytes) or len(raw) < PREFIX_BYTES + _FACTS.size + _SUM_BYTES:
        raise _garbage("too short")
    if zlib.crc32(memoryview(raw)[:-_SUM_BYTES]) != _COUNT.unpack(raw[-_SUM_BYTES:])[0]:
        raise _garbage("wrong check sum")
    chunks, length = _prefix(raw)
    cursor = _Cursor(raw, PREFIX_BYTES)
    stored = _facts(cursor)
    if stored.key != key:
        raise _garbage("another resource's")
    stored.body = cursor.rest()
    if len(stored.body) != length:
        raise _garbage("wrong length")
    return stored, chunks


def chunks_of(prefix: object) -> Chunks | None:
    """Read from the beginning of an entry where its chunks are, None if it has none or is not ours."""
    if not isinstance(prefix, bytes) or len(prefix) < PREFIX_BYTES:
        return None
    try:
        return _prefix(prefix)[0]
    except CacheStoreError:
        return None


def _prefix(raw: bytes) -> tuple[Chunks | None, int]:
    """Return the chunks, and how long the inline body is."""
    magic, version, chunk_bytes, length = _PREFIX.unpack_from(raw)
    if magic != _MAGIC:
        raise _garbage("another layout")
    if chunk_bytes == 0:
        return None, length
    if length == 0 or length > chunk_bytes * 0xFFFF:
        raise _garbage("impossible chunks")
    return Chunks(version, chunk_bytes, length), 0


def _facts(cursor: _Cursor) -> Stored:
    status, must_revalidate, born, fresh_until, keep_until, revalidate_s, error_s, generation = cursor.facts()
    if not 200 <= status <= 999 or not math.isfinite(born + keep_until) or math.isnan(fresh_until):
        raise _garbage("impossible facts")
    if not (revalidate_s >= 0 and error_s >= 0):
        raise _garbage("impossible durations")
    key, url = _text(cursor.counted()), _text(cursor.counted())
    status_line, etag, last_modified = (cursor.checked(cursor.counted()) for _ in range(3))
    if status_line is not None and not status_line.startswith(b"HTTP/1.1 %d" % status):
        raise _garbage("another status line")
    stored = Stored(
        key=key,
        url=url,
        status=status,
        status_line=status_line,
        lines=cursor.listed(_line),
        born=born,
        fresh_until=fresh_until,
        keep_until=keep_until,
        etag=etag,
        last_modified=last_modified,
        must_revalidate=must_revalidate,
        stale_while_revalidate_s=revalidate_s,
        stale_if_error_s=error_s,
        generation=generation,
    )
    stored.vary = tuple(cursor.listed(_present))
    stored.variant = tuple(cursor.listed(lambda value: value))
    stored.tags = tuple(cursor.listed(_text))
    if len(stored.vary) != len(stored.variant):
        raise _garbage("half a selection")
    return stored


class _Cursor:
    """Reads along an entry, never beyond it."""

    __slots__ = ("_at", "_end", "_raw")

    def __init__(self, raw: bytes, at: int) -> None:
        self._raw, self._at, self._end = raw, at, len(raw) - _SUM_BYTES

    def take(self, size: int) -> bytes:
        at = self._at
        if size > self._end - at:
            raise _garbage("cut")
        self._at = at + size
        return self._raw[at : self._at]

    def facts(self) -> tuple[int, bool, float, float, float, float, float, int]:
        status, *rest = _FACTS.unpack(self.take(_FACTS.size))
        return (status, *rest)

    def count(self) -> int:
        return int(_COUNT.unpack(self.take(_COUNT.size))[0])

    def counted(self) -> bytes | None:
        size = self.count()
        return None if size == _NONE else self.take(size)

    def listed(self, read: Callable[[bytes | None], T]) -> list[T]:
        return [read(self.counted()) for _ in range(self.count())]

    def rest(self) -> bytes:
        return self.take(self._end - self._at)

    @staticmethod
    def checked(value: bytes | None) -> bytes | None:
        if value is not None and not _TEXT.fullmatch(value):
            raise _garbage("control characters")
        return value


def _counted(value: bytes | None) -> bytes:
    return _COUNT.pack(_NONE) if value is None else _COUNT.pack(len(value)) + value


def _raw(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _present(value: bytes | None) -> bytes:
    if value is None:
        raise _garbage("a text is missing")
    return value


def _text(value: bytes | None) -> str:
    try:
        return _present(value).decode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise _garbage("not a text") from error


def _line(value: bytes | None) -> bytes:
    found = _LINE.fullmatch(_present(value))
    if found is None or found[1].lower() in _FRAMING:
        raise _garbage("not a field line")
    return found[0]


def _garbage(what: str) -> CacheStoreError:
    return CacheStoreError(f"an entry of the shared tier is not ours: {what}", reason="garbage")
