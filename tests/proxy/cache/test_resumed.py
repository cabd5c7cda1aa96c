"""Bodies that one source begins and another ends."""

import pytest
from kit.exchanges import Pieces

from proxy.body import Body
from proxy.cache.resumed import Resumed
from proxy.errors import UpstreamCut
from proxy.runtime import Waiter


class Breaking(Pieces):
    """Breaks where its pieces end."""

    async def read(self) -> bytes:
        piece = await super().read()
        if not piece:
            raise UpstreamCut("gone", reason="cache_chunk_lost")
        return piece


class Origin:
    """Brings a body when it is asked; counts how often."""

    def __init__(self, *pieces: bytes) -> None:
        self.asked = 0
        self._body = Pieces(*pieces)

    def __call__(self) -> Waiter[Body]:
        self.asked += 1
        waiter: Waiter[Body] = Waiter()
        waiter.wake(self._body)
        return waiter


async def read_all(body: Body) -> bytes:
    pieces = []
    while piece := await body.read():
        pieces.append(piece)
    return b"".join(pieces)


async def test_a_body_that_comes_whole_is_not_asked_for_again() -> None:
    origin = Origin(b"other!")
    assert await read_all(Resumed(Pieces(b"abc", b"def", length=6), origin)) == b"abcdef"
    assert origin.asked == 0


@pytest.mark.parametrize("begun", [[], [b"a"], [b"abc"], [b"abc", b"d"], [b"abcde"]])
@pytest.mark.parametrize("again", [[b"abcdef"], [b"a", b"bcd", b"ef"]])
async def test_one_that_breaks_is_finished_by_the_other(begun: list[bytes], again: list[bytes]) -> None:
    origin = Origin(*again)
    body = Resumed(Breaking(*begun, length=6), origin)
    assert body.length == 6
    assert await read_all(body) == b"abcdef"
    assert origin.asked == 1


async def test_what_breaks_the_other_breaks_it() -> None:
    waiter: Waiter[Body] = Waiter()
    waiter.throw(UpstreamCut("the origin has another body by now"))
    body = Resumed(Breaking(b"abc", length=6), lambda: waiter)
    assert await body.read() == b"abc"
    with pytest.raises(UpstreamCut, match="another body"):
        await body.read()


async def test_the_rest_is_given_up_at_either_source() -> None:
    begun, again = Breaking(b"abc", length=6), Pieces(b"abc", b"d", b"ef")
    waiter: Waiter[Body] = Waiter()
    waiter.wake(again)
    body = Resumed(begun, lambda: waiter)
    assert body.ready
    await body.read()
    assert await body.read() == b"d"
    body.discard()
    assert await again.read() == b""
