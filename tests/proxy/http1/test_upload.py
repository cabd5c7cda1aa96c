"""A body on its way to an origin, at the pace of the slower side."""

from typing import Any

import pytest
from kit import soon
from kit.exchanges import Pieces

from proxy.body import StreamBody
from proxy.errors import ClientGone, ProxyError
from proxy.http1.upload import CONTINUE_WAIT_S, Upload


class Origin:
    """Writes down what its upload does to it."""

    closed = False

    def __init__(self) -> None:
        self.said: list[Any] = []

    def write(self, data: bytes) -> None:
        self.said.append(data)

    def watch_upload(self, for_s: float | None) -> None:
        self.said.append(("watch", for_s))

    def unwatch_upload(self) -> None:
        self.said.append("unwatch")

    def upload_ended(self) -> None:
        self.said.append("ended")

    def upload_failed(self, error: ProxyError) -> None:
        self.said.append(error.reason)


class Source:
    def pause_body(self) -> None: ...
    def resume_body(self) -> None: ...
    def abandon_body(self) -> None: ...


async def begun(body: Any, *, expects_continue: bool = False) -> tuple[Upload, Origin]:
    """Begin to send; a body that comes straight from a client is sent without a turn of the loop, others in a Task."""
    origin = Origin()
    upload = Upload(origin, body, expects_continue=expects_continue)
    upload.start()
    if not isinstance(body, StreamBody):
        await soon()
    return upload, origin


async def test_a_body_of_unknown_length_goes_in_chunks() -> None:
    _, origin = await begun(Pieces(b"one", b"three"))
    assert origin.said == [b"3\r\none\r\n", b"5\r\nthree\r\n", b"0\r\n\r\n", "ended"]


async def test_a_body_of_known_length_goes_as_it_is() -> None:
    _, origin = await begun(Pieces(b"one", b"three", length=8))
    assert origin.said == [b"one", b"three", "ended"]


async def test_a_body_shorter_than_announced_fails() -> None:
    _, origin = await begun(Pieces(b"one", length=8))
    assert origin.said == [b"one", "request_body_length"]


async def test_pieces_go_as_they_come() -> None:
    body = StreamBody(Source(), None)
    _, origin = await begun(body)
    assert origin.said == []
    body.feed(b"one")
    assert origin.said == [b"3\r\none\r\n"]
    body.finish()
    assert origin.said[1:] == [b"0\r\n\r\n", "ended"]


async def test_a_full_origin_is_waited_for_under_watch() -> None:
    body = StreamBody(Source(), 6)
    upload, origin = await begun(body)
    upload.pause()
    body.feed(b"one")
    body.feed(b"two")
    assert origin.said == [b"one", ("watch", None)]
    upload.resume()
    assert origin.said[2:] == ["unwatch", b"two"]
    upload.resume()
    body.finish()
    assert origin.said[4:] == ["ended"]


async def test_a_body_waits_for_its_permission() -> None:
    upload, origin = await begun(Pieces(b"one", length=3), expects_continue=True)
    assert origin.said == [("watch", CONTINUE_WAIT_S)]
    assert upload.permit()
    await soon()
    assert origin.said[1:] == ["unwatch", b"one", "ended"]
    assert not upload.permit()


async def test_there_is_nothing_to_permit_where_nothing_waits() -> None:
    upload, _ = await begun(Pieces(b"one"))
    assert not upload.permit()


async def test_a_body_that_breaks_fails_the_upload() -> None:
    body = StreamBody(Source(), None)
    _, origin = await begun(body)
    body.feed(b"one")
    body.fail(ClientGone())
    assert origin.said == [b"3\r\none\r\n", "client_gone"]


@pytest.mark.parametrize("expects_continue", [True, False])
async def test_a_cancelled_upload_says_no_more(expects_continue: bool) -> None:
    body = StreamBody(Source(), None)
    upload, origin = await begun(body, expects_continue=expects_continue)
    before = list(origin.said)
    upload.cancel()
    body.feed(b"one")
    body.finish()
    await soon()
    assert origin.said == before


async def test_a_body_whose_filter_fails_fails_the_upload() -> None:
    class Fails(Pieces):
        async def read(self) -> bytes:
            raise KeyError("secret")

    _, origin = await begun(Fails())
    assert origin.said == ["internal_error"]
