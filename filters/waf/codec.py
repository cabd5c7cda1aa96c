"""Parts of a binary layout that know how to write and to read themselves."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")

_LONGEST_VARINT: Final = 10


class BlobError(ValueError):
    """Bytes that are no blob."""


class Bytes:
    """Bytes under a reader's hand; raises BlobError where they end too early."""

    __slots__ = ("_at", "_data")

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._at = 0

    def take(self, count: int) -> bytes:
        taken = self._data[self._at : self._at + count]
        if len(taken) < count:
            raise BlobError("the blob ends in the middle of something")
        self._at += count
        return taken

    def end(self) -> None:
        """Hold that nothing is left."""
        if self._at != len(self._data):
            raise BlobError(f"{len(self._data) - self._at} bytes of the blob are left over")


class Codec(ABC, Generic[T]):
    """How values of one type are laid out."""

    @abstractmethod
    def write(self, value: T, out: bytearray) -> None: ...

    @abstractmethod
    def read(self, source: Bytes) -> T: ...


class _Byte(Codec[int]):
    def write(self, value: int, out: bytearray) -> None:
        out.append(value)

    def read(self, source: Bytes) -> int:
        return source.take(1)[0]


class _Varint(Codec[int]):
    """Unsigned LEB128: seven bits a byte, the lowest first, the top bit set where more follow."""

    def write(self, value: int, out: bytearray) -> None:
        while value > 0x7F:
            out.append(value & 0x7F | 0x80)
            value >>= 7
        out.append(value)

    def read(self, source: Bytes) -> int:
        value = 0
        for shift in range(0, 7 * _LONGEST_VARINT, 7):
            byte = source.take(1)[0]
            value |= (byte & 0x7F) << shift
            if byte < 0x80:
                return value
        raise BlobError("a number of the blob is too long")


class _Text(Codec[bytes]):
    def write(self, value: bytes, out: bytearray) -> None:
        VARINT.write(len(value), out)
        out += value

    def read(self, source: Bytes) -> bytes:
        return source.take(VARINT.read(source))


BYTE: Final = _Byte()
VARINT: Final = _Varint()
TEXT: Final = _Text()


class Counted(Codec[tuple[T, ...]]):
    """How many there are, and each."""

    def __init__(self, item: Codec[T]) -> None:
        self._item = item

    def write(self, value: tuple[T, ...], out: bytearray) -> None:
        VARINT.write(len(value), out)
        for each in value:
            self._item.write(each, out)

    def read(self, source: Bytes) -> tuple[T, ...]:
        return tuple(self._item.read(source) for _ in range(VARINT.read(source)))


class As(Codec[T]):
    """A number that stands for a value, such as an enumeration's."""

    def __init__(self, build: Callable[[int], T], number: Codec[int]) -> None:
        self._build = build
        self._number = number

    def write(self, value: T, out: bytearray) -> None:
        self._number.write(int(value), out)  # type: ignore[call-overload]  # T is made of an int

    def read(self, source: Bytes) -> T:
        number = self._number.read(source)
        try:
            return self._build(number)
        except ValueError as error:
            raise BlobError(str(error)) from error


class Record(Codec[T]):
    """Fields of a dataclass, one behind another, in the order given."""

    def __init__(self, build: Callable[..., T], /, **fields: Codec[Any]) -> None:
        self._build = build
        self._fields = fields

    def write(self, value: T, out: bytearray) -> None:
        for name, codec in self._fields.items():
            codec.write(getattr(value, name), out)

    def read(self, source: Bytes) -> T:
        return self._build(**{name: codec.read(source) for name, codec in self._fields.items()})


class Tagged(Codec[T]):
    """One of several types, behind a byte that says which, counting from 0."""

    def __init__(self, types: Sequence[tuple[type[T], Codec[Any]]]) -> None:
        self._codecs = [codec for _, codec in types]
        self._tags = {each: tag for tag, (each, _) in enumerate(types)}

    def write(self, value: T, out: bytearray) -> None:
        tag = self._tags[type(value)]
        out.append(tag)
        self._codecs[tag].write(value, out)

    def read(self, source: Bytes) -> T:
        tag = BYTE.read(source)
        if tag >= len(self._codecs):
            raise BlobError(f"the blob has a tag {tag} that nothing has")
        value: T = self._codecs[tag].read(source)
        return value
