"""How much of a body is held, and what of it is shown."""

from __future__ import annotations

import pytest

from proxy.errors import BodyTooLarge
from wasm_host.abi.waf_module.visit import Visit
from wasm_host.limits import GuestLimits, OnBodyOverflow


def visit(overflow: OnBodyOverflow = "reject") -> Visit:
    return Visit(GuestLimits(body_bytes=8, on_body_overflow=overflow))


def test_a_body_is_shown_once_it_is_whole() -> None:
    made = visit()
    assert made.hold(b"1234", last=False) is None
    assert made.hold(b"5678", last=False) is None
    assert made.hold(b"", last=True) == b"12345678"
    assert made.release() == b"12345678"


def test_what_was_released_is_not_kept() -> None:
    made = visit()
    made.hold(b"1234", last=True)
    made.release()
    assert made.release() == b""


@pytest.mark.parametrize("length", [9, 2**40])
def test_one_that_is_known_to_be_longer_is_rejected(length: int) -> None:
    made = visit()
    with pytest.raises(BodyTooLarge):
        made.check(length)
    assert made.state == "overflow"


def test_one_that_comes_to_be_longer_is_rejected() -> None:
    made = visit()
    made.hold(b"12345678", last=False)
    with pytest.raises(BodyTooLarge):
        made.hold(b"9", last=True)


@pytest.mark.parametrize(("overflow", "shown"), [("truncate", b"12345678"), ("skip", b"")])
def test_a_longer_one_is_settled_when_it_is_known_to_be(overflow: OnBodyOverflow, shown: bytes) -> None:
    made = visit(overflow)
    made.check(100)
    assert made.hold(b"12345678", last=False) is None
    assert made.hold(b"9", last=False) == shown
    assert made.release() == b"123456789"
