"""The control channel: frames, questions and answers, and what can go wrong with a peer."""

import asyncio
import json
import socket
import struct
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.control import MAX_MESSAGE_BYTES, Channel, FrameDecoder, Handler, encode
from proxy.errors import ControlClosed, ControlError, StartError

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=6,
)
messages = st.dictionaries(st.text(max_size=8), values, max_size=4)


@given(st.lists(messages, max_size=5), st.data())
def test_messages_arrive_whole_however_the_bytes_are_cut(sent: list[dict[str, Any]], data: st.DataObject) -> None:
    stream = b"".join(map(encode, sent))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=10)))
    decoder = FrameDecoder()
    arrived = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        arrived += decoder.feed(stream[start:end])
    assert arrived == sent


def test_an_oversize_frame_is_refused_by_its_length_alone() -> None:
    with pytest.raises(ControlError, match="larger than"):
        FrameDecoder().feed(struct.pack(">I", MAX_MESSAGE_BYTES + 1))


def test_an_oversize_message_is_not_sent() -> None:
    with pytest.raises(ControlError, match="larger than"):
        encode({"body": "x" * MAX_MESSAGE_BYTES})


@pytest.mark.parametrize("payload", [b"{", b"[]", b"\xff", b"7"])
def test_what_is_not_an_object_is_refused(payload: bytes) -> None:
    with pytest.raises(ControlError):
        FrameDecoder().feed(struct.pack(">I", len(payload)) + payload)


async def echo(body: Any) -> Any:
    return body


async def fail(_: Any) -> Any:
    raise LookupError("nothing there")


async def never(_: Any) -> Any:
    await asyncio.Event().wait()


@asynccontextmanager
async def talking(
    ours: Mapping[str, Handler] = {}, theirs: Mapping[str, Handler] = {}
) -> AsyncIterator[tuple[Channel, Channel]]:
    one, other = socket.socketpair()
    left, right = await Channel.over(one, ours), await Channel.over(other, theirs)
    yield left, right
    left.close()
    right.close()
    await asyncio.gather(left.closed, right.closed)


async def test_a_question_is_answered() -> None:
    async with talking(theirs={"echo": echo}) as (left, _):
        assert await left.ask("echo", {"a": [1, None]}) == {"a": [1, None]}


async def test_either_side_may_ask() -> None:
    async with talking({"echo": echo}, {"echo": echo}) as (left, right):
        assert await asyncio.gather(left.ask("echo", "l"), right.ask("echo", "r")) == ["l", "r"]


async def test_answers_find_their_questions_in_any_order() -> None:
    async def after(seconds: float) -> float:
        await asyncio.sleep(seconds)
        return seconds

    async with talking(theirs={"after": after}) as (left, _):
        asked = [left.ask("after", seconds) for seconds in (0.05, 0.0, 0.02)]
        assert await asyncio.gather(*asked) == [0.05, 0.0, 0.02]


async def test_a_notice_is_heard_and_not_answered() -> None:
    heard: asyncio.Queue[Any] = asyncio.Queue()
    async with talking(theirs={"beat": heard.put}) as (left, _):
        left.tell("beat", 7)
        assert await asyncio.wait_for(heard.get(), 5) == 7


async def test_a_large_message_passes() -> None:
    text = "x" * (4 * 1024 * 1024)
    async with talking(theirs={"echo": echo}) as (left, _):
        assert await left.ask("echo", text) == text


async def test_an_unknown_question_is_refused_by_name() -> None:
    async with talking() as (left, _):
        with pytest.raises(ControlError, match="unknown message type 'deploy'"):
            await left.ask("deploy")


async def test_a_handler_that_fails_refuses_and_the_channel_lives_on() -> None:
    async with talking(theirs={"fail": fail, "echo": echo}) as (left, _):
        with pytest.raises(ControlError, match="LookupError: nothing there"):
            await left.ask("fail")
        assert await left.ask("echo", 1) == 1


async def test_a_refusal_in_our_own_words_is_passed_on_as_it_is(caplog: pytest.LogCaptureFixture) -> None:
    async def refuse(_: Any) -> None:
        raise StartError("the key is not where it should be")

    async with talking(theirs={"refuse": refuse}) as (left, _):
        with pytest.raises(ControlError, match=r"^the key is not where it should be$"):
            await left.ask("refuse")
    assert caplog.records == []


async def test_an_answer_that_is_too_large_is_an_error_for_the_asker() -> None:
    async def much(_: Any) -> str:
        return "x" * MAX_MESSAGE_BYTES

    async with talking(theirs={"much": much}) as (left, _):
        with pytest.raises(ControlError, match="larger than"):
            await left.ask("much")


async def test_no_answer_in_time_is_an_error() -> None:
    async with talking(theirs={"never": never}) as (left, _):
        with pytest.raises(ControlError, match=r"no answer to 'never' within 0\.05 s"):
            await left.ask("never", timeout_s=0.05)


async def test_an_answer_after_its_time_is_dropped() -> None:
    async def late(_: Any) -> None:
        await asyncio.sleep(0.1)

    async with talking(theirs={"late": late, "echo": echo}) as (left, _):
        with pytest.raises(ControlError):
            await left.ask("late", timeout_s=0.05)
        await asyncio.sleep(0.1)
        assert await left.ask("echo", 1) == 1


async def test_a_peer_that_closes_fails_open_questions() -> None:
    async with talking(theirs={"never": never}) as (left, right):
        question = asyncio.ensure_future(left.ask("never"))
        await asyncio.sleep(0.02)
        right.close()
        with pytest.raises(ControlClosed, match="closed"):
            await question


async def test_a_closed_channel_refuses_questions_and_swallows_notices() -> None:
    async with talking() as (left, right):
        right.close()
        await left.closed
        left.tell("beat")
        with pytest.raises(ControlClosed, match="closed"):
            await left.ask("ping")


@pytest.mark.parametrize(
    "frame",
    [struct.pack(">I", MAX_MESSAGE_BYTES + 1), b"\0\0\0\x02[]", b"\0\0\0\x02{}", b"\0\0\0\x02xx"],
    ids=["oversize", "array", "neither question nor answer", "not JSON"],
)
async def test_a_peer_that_talks_nonsense_is_cut(frame: bytes) -> None:
    one, other = socket.socketpair()
    channel = await Channel.over(one, {})
    with other:
        other.sendall(frame)
        await asyncio.wait_for(channel.closed, 5)


async def test_a_peer_that_never_reads_is_cut() -> None:
    one, other = socket.socketpair()
    channel = await Channel.over(one, {})
    with other:
        for _ in range(5):
            channel.tell("flood", "x" * (MAX_MESSAGE_BYTES // 2))
        await asyncio.wait_for(channel.closed, 5)


async def test_a_frame_on_the_wire_is_as_documented() -> None:
    one, other = socket.socketpair()
    channel = await Channel.over(one, {})
    with other:
        other.settimeout(5)
        channel.tell("beat", {"lag_s": 0.5})
        await asyncio.sleep(0)
        frame = other.recv(1000)
        channel.close()
        await channel.closed
    assert struct.unpack(">I", frame[:4]) == (len(frame) - 4,)
    assert json.loads(frame[4:]) == {"type": "beat", "body": {"lag_s": 0.5}}
