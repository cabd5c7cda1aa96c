"""A log that comes into being with its first line."""

from __future__ import annotations

from pathlib import Path

import pytest

from proxy.errors import StartError
from proxy.late_log import LateLog
from proxy.metrics import Cell


def test_the_file_is_there_once_it_is_opened(tmp_path: Path) -> None:
    log = LateLog(str(tmp_path / "log"), "log", Cell(()))
    assert list(tmp_path.iterdir()) == []
    log.open()
    log.close()
    assert [each.name for each in tmp_path.iterdir()] == ["log"]


def test_the_same_file_is_opened_once(tmp_path: Path) -> None:
    log = LateLog(str(tmp_path / "log"), "log", Cell(()))
    assert log.open() is log.open()
    log.close()


def test_what_was_never_opened_is_reopened_and_closed_without_a_file(tmp_path: Path) -> None:
    log = LateLog(str(tmp_path / "log"), "log", Cell(()))
    log.reopen()
    log.close()
    assert list(tmp_path.iterdir()) == []


def test_a_path_that_cannot_be_opened_is_a_start_error() -> None:
    with pytest.raises(StartError):
        LateLog("/nowhere/log", "log", Cell(())).open()
