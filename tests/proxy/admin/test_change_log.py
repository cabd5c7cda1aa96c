"""What is written down of changes, and when."""

from __future__ import annotations

import json
import os
import pathlib
import re
import stat
import sys
from typing import Any

import pytest

from proxy.admin.access import NOBODY, Caller
from proxy.admin.change_log import Change, ChangeLog, without_query
from proxy.errors import StartError

OPS = Caller("ops", "token", "write")


def change(status: int = 200, caller: Caller = OPS, order: dict[str, Any] | None = None) -> Change:
    return Change(caller, "192.0.2.1", "POST", "/reload", order, status, "0123456789abcdef")


def test_a_line_tells_who_did_what_from_where_and_what_came_of_it() -> None:
    told = json.loads(change(order={"generation": 7}).line())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z", told.pop("time"))
    assert told == {
        "id": "0123456789abcdef",
        "who": "ops",
        "by": "token",
        "address": "192.0.2.1",
        "method": "POST",
        "path": "/reload",
        "order": {"generation": 7},
        "outcome": "done",
        "status": 200,
    }


@pytest.mark.parametrize(
    ("status", "outcome"),
    [
        (200, "done"),
        (400, "refused"),
        (401, "denied"),
        (403, "denied"),
        (405, "refused"),
        (421, "denied"),
        (422, "refused"),
        (500, "failed"),
        (503, "failed"),
    ],
)
def test_the_outcome_is_a_word_for_the_status(status: int, outcome: str) -> None:
    assert change(status).outcome == outcome


def test_a_stranger_has_no_name() -> None:
    told = json.loads(change(401, NOBODY).line())
    assert (told["who"], told["by"]) == (None, "nobody")


async def test_a_line_is_written_once_write_returns(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit.log"
    log = ChangeLog(str(file))
    for count in (1, 2, 3):
        await log.write(change())
        assert len(file.read_text().splitlines()) == count
    log.close()


async def test_only_the_owner_reads_it(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit.log"
    ChangeLog(str(file)).close()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


async def test_a_rotated_file_is_let_go(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit.log"
    log = ChangeLog(str(file))
    await log.write(change())
    file.rename(tmp_path / "audit.log.1")
    log.reopen()
    await log.write(change())
    log.close()
    assert len(file.read_text().splitlines()) == len((tmp_path / "audit.log.1").read_text().splitlines()) == 1


async def test_it_may_be_stderr(monkeypatch: pytest.MonkeyPatch) -> None:
    reading, writing = os.pipe()
    with os.fdopen(writing, "w") as stderr, os.fdopen(reading) as read:
        monkeypatch.setattr(sys, "__stderr__", stderr)
        log = ChangeLog("stderr")
        await log.write(change())
        log.close()
        assert json.loads(read.readline())["who"] == "ops"


async def test_a_log_that_does_not_take_lines_does_not_hold_up_the_admin(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, tmp_path: pathlib.Path
) -> None:
    monkeypatch.setattr("proxy.admin.change_log.WRITE_TIMEOUT_S", 0.01)
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    log = ChangeLog(str(pipe))
    for _ in range(80):  # more than a pipe holds
        await log.write(change(order={"much": "x" * 1000}))
    assert "is slow: the line of call 0123456789abcdef is not written yet" in caplog.text
    os.close(reading)
    log.close()


def test_a_file_that_cannot_be_opened_is_an_error() -> None:
    with pytest.raises(StartError, match=r"admin.s audit log /nowhere/audit\.log: No such file"):
        ChangeLog("/nowhere/audit.log")


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("http://a.example/x?token=abc&y=1", "http://a.example/x?…"),
        ("http://a.example/x", "http://a.example/x"),
        ("http://[::1]:8080/", "http://[::1]:8080/"),
    ],
)
def test_a_query_is_not_shown(url: str, shown: str) -> None:
    assert without_query(url) == shown
