"""The numbers that functions use as plain ints are those of the enumerations."""

from wasm_host.abi.proxy_wasm import numbers
from wasm_host.abi.proxy_wasm.numbers import BufferKind, MapKind, Status, StreamKind


def test_plain_numbers_are_those_of_the_enumerations() -> None:
    assert (numbers.OK, numbers.NOT_FOUND) == (Status.OK, Status.NOT_FOUND)
    assert (numbers.REQUEST_HEADERS, numbers.RESPONSE_HEADERS) == (MapKind.REQUEST_HEADERS, MapKind.RESPONSE_HEADERS)


def test_bodies_have_the_numbers_of_their_streams() -> None:
    assert (StreamKind.REQUEST, StreamKind.RESPONSE) == (BufferKind.REQUEST_BODY, BufferKind.RESPONSE_BODY)


def test_buffers_are_numbered_without_a_gap() -> None:
    assert list(BufferKind) == list(range(len(BufferKind)))
