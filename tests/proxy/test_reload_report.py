"""What is told of reloads."""

import json
import logging

import pytest

from proxy.metrics import Registry
from proxy.reload_report import Book, Report


def counted(registry: Registry) -> dict[str, list[float]]:
    return {
        name: [value for _, value in samples if not isinstance(value, list)]
        for name, samples in registry.snapshot().items()
    }


def test_a_start_counts_as_taken() -> None:
    registry = Registry()
    book = Book(registry)
    book.note_start(1)
    assert counted(registry)["config_last_reload_successful"] == [1]
    assert counted(registry)["config_generation"] == [1]
    assert book.state() == {"generation": 1, "last": None}


def test_a_deploy_is_no_reload_but_has_a_number() -> None:
    registry = Registry()
    book = Book(registry)
    book.note_start(1)
    book.note_deploy(2)
    assert book.state() == {"generation": 2, "last": None}
    assert counted(registry)["config_reloads_total"] == [0, 0]


def test_both_outcomes_are_counted_from_zero() -> None:
    registry = Registry()
    Book(registry)
    assert counted(registry)["config_reloads_total"] == [0, 0]


def test_a_refused_one_leaves_the_generation_and_the_time_of_the_last_success() -> None:
    registry = Registry()
    book = Book(registry)
    book.note_start(1)
    before = counted(registry)
    book.note(Report("refused", 1, ["a", "b"]))
    now = counted(registry)
    assert now["config_last_reload_successful"] == [0]
    assert now["config_last_reload_success_timestamp_seconds"] == before["config_last_reload_success_timestamp_seconds"]
    assert (book.state()["generation"], book.state()["last"]["errors"]) == (1, ["a", "b"])


def test_each_line_of_a_refusal_is_logged_as_an_error(caplog: pytest.LogCaptureFixture) -> None:
    Book(Registry()).note(Report("refused", 1, ["x:1:1: a", "x:2:1: b"]))
    logged = [(record.levelno, record.getMessage()) for record in caplog.records]
    assert logged == [(logging.ERROR, f"not reloaded: {line}") for line in ("x:1:1: a", "x:2:1: b")]


def test_a_report_is_json() -> None:
    report = Report("reloaded", 2, (), [{"change": "added", "what": "route api", "detail": ""}])
    assert json.loads(json.dumps(report.message())) == {
        "outcome": "reloaded",
        "generation": 2,
        "errors": [],
        "changes": [{"change": "added", "what": "route api", "detail": ""}],
    }
