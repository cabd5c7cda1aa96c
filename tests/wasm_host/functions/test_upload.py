"""The request's body in a function's hands."""

from __future__ import annotations

import pytest
from kit.exchanges import Pieces, make_exchange

from proxy.errors import BodyTooLarge, ClientGone
from proxy.messages import Request
from wasm_host.functions.upload import Upload


def uploaded(body: object) -> Request:
    request = make_exchange("POST").request
    request.body = body  # type: ignore[assignment]
    return request


@pytest.mark.parametrize(("body", "whole"), [(None, b""), (b"", b""), (b"hello", b"hello")])
def test_what_is_here_is_returned_at_once(body: bytes | None, whole: bytes) -> None:
    upload = Upload(uploaded(body), 5)
    assert (upload.is_here, upload.whole()) == (True, whole)


async def test_what_comes_in_pieces_is_left_whole_for_those_behind() -> None:
    request = uploaded(Pieces(b"hel", b"lo"))
    upload = Upload(request, 5)
    assert not upload.is_here
    reading = upload.whole()
    assert not isinstance(reading, bytes)
    assert await reading == b"hello"
    assert (request.body, upload.is_here, upload.half_read) == (b"hello", True, False)
    assert upload.whole() == b"hello"


@pytest.mark.parametrize("body", [b"hello!", Pieces(b"hello!", length=6)], ids=["here", "announced"])
def test_what_is_known_to_be_too_large_is_not_read(body: object) -> None:
    upload = Upload(uploaded(body), 5)
    with pytest.raises(BodyTooLarge):
        upload.whole()
    assert not upload.half_read


async def test_what_turns_out_too_large_is_half_read() -> None:
    upload = Upload(uploaded(Pieces(b"hel", b"lo!")), 5)
    reading = upload.whole()
    assert not isinstance(reading, bytes)
    with pytest.raises(BodyTooLarge):
        await reading
    assert upload.half_read


async def test_what_breaks_off_is_half_read() -> None:
    class Broken(Pieces):
        async def read(self) -> bytes:
            raise ClientGone("the client left")

    upload = Upload(uploaded(Broken()), 5)
    reading = upload.whole()
    assert not isinstance(reading, bytes)
    with pytest.raises(ClientGone):
        await reading
    assert upload.half_read
