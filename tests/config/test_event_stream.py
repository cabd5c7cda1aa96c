"""Server-sent events, however a stream is cut into pieces."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config.event_stream import Event, EventReader
from proxy.admin.line_stream import HEARTBEAT, events

LINES = [{"id": 7, "text": "one\ntwo"}, {"id": 8, "text": "drei – ✓"}]
STREAM = HEARTBEAT + events(LINES, lost=3) + HEARTBEAT
READ = [
    Event("lost", '{"lines": 3}', None),
    Event("line", '{"id": 7, "text": "one\\ntwo"}', "7"),
    Event("line", '{"id": 8, "text": "drei \\u2013 \\u2713"}', "8"),
]


def read(*pieces: bytes) -> list[Event]:
    reader = EventReader()
    return [event for piece in pieces for event in reader.feed(piece)]


@given(st.lists(st.integers(0, len(STREAM))), st.sampled_from([b"\n", b"\r", b"\r\n"]))
def test_what_the_admin_writes_is_read_however_it_arrives(cuts: list[int], end: bytes) -> None:
    stream = STREAM.replace(b"\n", end) + b":\n"
    edges = [0, *sorted(cuts), len(stream)]
    assert read(*(stream[start:stop] for start, stop in pairwise(edges))) == READ


@given(st.binary(max_size=200))
def test_any_bytes_are_a_stream(stream: bytes) -> None:
    read(stream)


@pytest.mark.parametrize(
    ("stream", "event"),
    [
        (b"data: a\ndata:b\ndata\n\n", Event("message", "a\nb\n", None)),
        (b"id: 1\ndata: a\nretry: 5\nother: x\n\n", Event("message", "a", "1")),
        (b"id: 1\0\ndata: a\n\n", Event("message", "a", None)),
        (b"event: x\n\ndata: a\n\n", Event("message", "a", None)),
        (b"data: \xff\n\n", Event("message", "\ufffd", None)),
    ],
)
def test_fields_are_read_as_the_standard_says(stream: bytes, event: Event) -> None:
    assert read(stream) == [event]


def test_an_event_that_is_not_ended_is_none() -> None:
    assert read(b"data: a\n") == []
