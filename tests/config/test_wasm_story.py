"""How a request's way through a filter is told."""

from __future__ import annotations

from typing import Any

import click
import pytest
from kit.guests import guest

from config.wasm_run import Seen, Story, Transcript
from config.wasm_story import MOST_BODY_LINES, told
from wasm_host.module import module_of

ASKED = Seen("GET /x", [("host", "a.test"), ("x-out", "1"), ("x-same", "2")], b"")
FORWARDED = Seen("GET /y", [("host", "a.test"), ("x-same", "2"), ("x-in", "3")], b"")
CANNED = Seen("200 OK", [("x-of", "origin")], b"one\ntwo\n")
REFUSAL = Seen("403 Forbidden", [], b"no")


def story(**happened: Any) -> Story:
    module = module_of(guest(""), "own.wasm")
    return Story(module, Transcript(0), ASKED, CANNED, **happened)


def text_of(story: Story) -> str:
    return click.unstyle("\n".join(told(story)))


def test_what_changed_is_marked_in_its_place() -> None:
    answered = Seen("200 OK", [("x-of", "origin")], b"one\nTWO\n")
    assert (
        text_of(story(forwarded=FORWARDED, answered=answered))
        == """\
own.wasm: Proxy-Wasm 0.2.1

request, as the origin gets it
  - GET /x
  + GET /y
    host: a.test
  - x-out: 1
    x-same: 2
  + x-in: 3

response, as the client gets it
    200 OK
    x-of: origin

    one
  - two
  + TWO"""
    )


def test_what_the_guest_answers_is_told_with_its_reason() -> None:
    text = text_of(story(answered=REFUSAL, answered_by_guest=True, decisions=["not_welcome"]))
    assert "request, which no origin gets\n    GET /x\n" in text
    assert text.endswith("response, by the guest (not_welcome)\n    403 Forbidden\n\n    no")


def test_the_upstream_that_was_chosen_is_named() -> None:
    assert "request, as upstream new gets it" in text_of(story(forwarded=FORWARDED, answered=CANNED, upstream="new"))


def test_a_failure_stands_at_the_end_and_once() -> None:
    one = story(answered=REFUSAL, failures=["unreachable"])
    one.transcript.turn_to("request")
    one.transcript.keep("warn", "guest: trap: unreachable")
    one.transcript.keep("error", "panicked")
    text = text_of(one)
    assert "  error: panicked\n" in text
    assert "response, by the proxy in the guest's place" in text
    assert text.count("unreachable") == 1
    assert text.endswith("failed: unreachable")


def test_a_guest_that_does_not_start_has_no_request() -> None:
    one = story(failures=["refused"])
    one.transcript.keep("error", "not like this")
    assert text_of(one) == "own.wasm: Proxy-Wasm 0.2.1\n  error: not like this\nfailed: refused"


def test_an_answer_that_broke_off_is_told_to_have() -> None:
    text = text_of(story(forwarded=FORWARDED, failures=["unreachable"]))
    assert "response, cut off\nfailed: unreachable" in text


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (b"\xff\xfe", "(2 bytes that are no text)"),
        (b"x\n" * (MOST_BODY_LINES + 7), "(7 lines more)"),
    ],
)
def test_a_body_that_nobody_reads_is_told_by_its_size(body: bytes, shown: str) -> None:
    answered = Seen("200 OK", [], body)
    assert text_of(story(answered=answered, answered_by_guest=True)).endswith(shown)
