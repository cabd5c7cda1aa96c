"""The lines of the functions' audit log."""

from __future__ import annotations

import json
import pathlib

import pytest

from config.function_audit import LONGEST_DETAIL, FunctionAudit
from proxy.errors import StartError
from proxy.metrics import Registry


def audit(path: pathlib.Path) -> FunctionAudit:
    return FunctionAudit(str(path), Registry().function_audit_dropped.child())


async def test_each_line_says_who_tried_what(tmp_path: pathlib.Path) -> None:
    log = audit(tmp_path / "audit.log")
    log.write("hello", "v1", "kv_get", "not_allowed", "é" * 1000)
    log.close()
    told = json.loads((tmp_path / "audit.log").read_text())
    assert told.pop("time") > 0
    assert told == {
        "function": "hello",
        "version": "v1",
        "call": "kv_get",
        "reason": "not_allowed",
        "detail": "é" * LONGEST_DETAIL,
    }


async def test_a_rotated_file_is_let_go(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit.log"
    log = audit(file)
    log.reopen()
    log.open()
    file.rename(tmp_path / "audit.log.1")
    log.reopen()
    log.write("hello", "v1", "kv_get", "over_budget", "")
    log.close()
    assert "over_budget" in file.read_text()


async def test_a_file_that_cannot_be_opened_is_a_start_error(tmp_path: pathlib.Path) -> None:
    log = audit(tmp_path / "none" / "audit.log")
    with pytest.raises(StartError, match="functions' audit log"):
        log.open()
    log.close()
