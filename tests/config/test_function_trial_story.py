"""How one request to a function is told."""

from __future__ import annotations

import click
from kit.exchanges import make_response

from config.function_trial import Trial
from config.function_trial_story import told


def story(trial: Trial) -> list[str]:
    return [click.unstyle(line) for line in told(trial)]


def test_the_answer_comes_first_then_the_log_then_the_cost() -> None:
    answer = make_response(404, [("x-a", "1")], body=b"gone\nfor good")
    calls = (("cache_get", "miss", 1), ("kv_get", "ok", 2), ("log", "ok", 1))
    assert story(Trial(answer, "", 0.0123, 0.0005, calls, ("info: seen",))) == [
        "404 Not Found",
        "x-a: 1",
        "",
        "gone",
        "for good",
        "",
        "log: info: seen",
        "12.30 ms, of which 0.50 ms in the function; host calls: cache_get (miss), kv_get × 2, log",
    ]


def test_a_body_that_is_no_text_is_told_by_its_length() -> None:
    assert "(2 bytes that are no text)" in story(Trial(make_response(200, body=b"\xff\xfe"), "", 0, 0, (), ()))


def test_a_failure_is_told_in_the_answers_place() -> None:
    assert story(Trial(None, "guest_trap: unreachable", 0.001, 0.001, (), ())) == [
        "failed: guest_trap: unreachable",
        "1.00 ms, of which 1.00 ms in the function; no host calls",
    ]
