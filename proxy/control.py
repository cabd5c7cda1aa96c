"""The channel between the supervisor and one worker: JSON messages, both ways, over a Unix socket pair.

A frame is four bytes of length, big-endian, and as many bytes of a JSON object:

    {"type": "snapshot", "id": 7, "body": …}      a question; without `id` a notice that nobody answers
    {"answer": 7, "body": …}                      its answer
    {"answer": 7, "error": "…"}                   or why there is none

Either side asks. A new kind of message is one more entry in the mapping of handlers that a side is made with.
"""

from __future__ import annotations

import asyncio
import itertools
import json
import socket
import struct
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, Final, TypeAlias, cast

from proxy.errors import ControlClosed, ControlError, ProxyError
from proxy.runtime import log, spawn

MAX_MESSAGE_BYTES: Final = 64 * 1024 * 1024
"""An order may hold a configuration of 16 MiB, which JSON makes three times as long if none of it is ASCII.

A snapshot of 1,000 routes with ten codes each has some 2 MiB.
"""

MAX_UNSENT_BYTES: Final = 2 * MAX_MESSAGE_BYTES
"""A peer that has not read so much will not read the rest either."""

ASK_TIMEOUT_S: Final = 5.0

_LENGTH = struct.Struct(">I")

Message: TypeAlias = dict[str, Any]
Handler: TypeAlias = Callable[[Any], Awaitable[Any]]
"""Is given the body of a message; what it returns is the answer's body."""


def encode(message: Message) -> bytes:
    """Return the frame of a message; raises ControlError for one that is too large."""
    payload = json.dumps(message, separators=(",", ":")).encode()
    if len(payload) > MAX_MESSAGE_BYTES:
        raise ControlError(f"a message of {len(payload)} bytes is larger than {MAX_MESSAGE_BYTES}")
    return _LENGTH.pack(len(payload)) + payload


class FrameDecoder:
    """Cuts a byte stream into messages."""

    def __init__(self) -> None:
        self._buffer = bytearray()

    def feed(self, data: bytes) -> list[Message]:
        """Return the messages that became whole; raises ControlError for a frame too large or not an object."""
        self._buffer += data
        messages = []
        while (payload := self._next_payload()) is not None:
            messages.append(_decode(payload))
        return messages

    def _next_payload(self) -> bytes | None:
        if len(self._buffer) < _LENGTH.size:
            return None
        (size,) = _LENGTH.unpack_from(self._buffer)
        if size > MAX_MESSAGE_BYTES:
            raise ControlError(f"a message of {size} bytes is larger than {MAX_MESSAGE_BYTES}")
        end = _LENGTH.size + size
        if len(self._buffer) < end:
            return None
        payload = bytes(self._buffer[_LENGTH.size : end])
        del self._buffer[:end]
        return payload


def _decode(payload: bytes) -> Message:
    try:
        message = json.loads(payload)
    except ValueError as error:
        raise ControlError("a message that is not JSON") from error
    if not isinstance(message, dict):
        raise ControlError("a message that is not an object")
    return message


class Channel(asyncio.Protocol):
    """One side of a control channel; `closed` is done once the other side is gone."""

    def __init__(self, handlers: Mapping[str, Handler]) -> None:
        self._handlers = handlers
        self._decoder = FrameDecoder()
        self._ids = itertools.count(1)
        self._asked: dict[int, asyncio.Future[Any]] = {}
        self._transport: asyncio.Transport | None = None
        self.closed: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    @classmethod
    async def over(cls, end: socket.socket, handlers: Mapping[str, Handler]) -> Channel:
        """Speak over one end of a connected socket pair, which the channel then owns."""
        _, channel = await asyncio.get_running_loop().create_unix_connection(lambda: cls(handlers), sock=end)
        return channel

    async def ask(self, kind: str, body: object = None, *, timeout_s: float = ASK_TIMEOUT_S) -> Any:
        """Return the body of the other side's answer; raises ControlError for a refusal and a time-out.

        Raises ControlClosed where the other side is gone.
        """
        number = next(self._ids)
        future = self._asked[number] = asyncio.get_running_loop().create_future()
        try:
            self._send({"type": kind, "id": number, "body": body})
            return await asyncio.wait_for(future, timeout_s)
        except TimeoutError as error:
            raise ControlError(f"no answer to {kind!r} within {timeout_s:g} s") from error
        finally:
            del self._asked[number]

    def tell(self, kind: str, body: object = None) -> None:
        """Send a notice; a peer that is gone does not hear it."""
        if self._open:
            self._send({"type": kind, "body": body})

    def close(self) -> None:
        """End the channel once what was sent is on its way."""
        if self._transport is not None:
            self._transport.close()

    @property
    def _open(self) -> bool:
        return self._transport is not None and not self._transport.is_closing()

    def _send(self, message: Message) -> None:
        if not self._open or self._transport is None:
            raise ControlClosed("the control channel is closed")
        self._transport.write(encode(message))
        if self._transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            log.error("the other side of the control channel does not read")
            self._transport.abort()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        try:
            for message in self._decoder.feed(data):
                self._receive(message)
        except ControlError as error:
            log.error("control channel: %s", error)
            assert self._transport is not None
            self._transport.abort()

    def _receive(self, message: Message) -> None:
        if "answer" in message:
            self._settle(message)
        elif isinstance(kind := message.get("type"), str):
            spawn(self._handle(kind, message), f"control message {kind}")
        else:
            raise ControlError("a message with neither type nor answer")

    def _settle(self, message: Message) -> None:
        future = self._asked.get(message["answer"])
        if future is None or future.done():
            return  # it came after its time-out
        if "error" in message:
            future.set_exception(ControlError(str(message["error"])))
        else:
            future.set_result(message.get("body"))

    async def _handle(self, kind: str, message: Message) -> None:
        answer = await self._answer(kind, message.get("body"))
        if "id" in message and self._open:
            self._reply({"answer": message["id"], **answer})

    def _reply(self, message: Message) -> None:
        try:
            self._send(message)
        except ControlError as error:
            self._send({"answer": message["answer"], "error": str(error)})

    async def _answer(self, kind: str, body: object) -> Message:
        handler = self._handlers.get(kind)
        if handler is None:
            return {"error": f"unknown message type {kind!r}"}
        try:
            return {"body": await handler(body)}
        except ProxyError as error:
            return {"error": str(error)}
        except Exception as error:
            log.exception("control message %s failed", kind)
            return {"error": f"{type(error).__name__}: {error}"}

    def connection_lost(self, error: Exception | None) -> None:
        for future in self._asked.values():
            if not future.done():
                future.set_exception(ControlClosed("the control channel closed"))
        if not self.closed.done():
            self.closed.set_result(None)
