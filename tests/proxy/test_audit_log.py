"""The audit log's lines, and its file."""

from __future__ import annotations

import asyncio
import json
import pathlib

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange
from kit.firewall import JUDGEMENT, judgement

from proxy.audit_log import AuditLog, audit_line
from proxy.errors import StartError
from proxy.firewall import read_judgement
from proxy.messages import Response
from proxy.metrics import Cell

JUDGED = read_judgement("waf", judgement(action="blocked").encode())


def test_a_line_tells_what_was_asked_what_was_found_and_what_the_client_got() -> None:
    exchange = make_exchange("POST", "/login?secret=1", [("Cookie", "secret=1"), ("Authorization", "secret")])
    exchange.response = Response(413)
    line = json.loads(audit_line(exchange, JUDGED))
    assert line.pop("time").endswith("Z")
    assert line == {
        "id": exchange.id,
        "client": "192.0.2.1",
        "listener": "public",
        "route": "api",
        "method": "POST",
        "host": "example.test",
        "path": "/login",
        "status": 413,
        "filter": "waf",
        "action": "blocked",
        "phase": 2,
        "rule": 949110,
        "inbound": 10,
        "outbound": 0,
        "paranoia": 1,
        "overflow": None,
        "matches": JUDGEMENT["matches"],
    }


@given(st.text(), st.text())
def test_a_line_is_one_line_of_json_whatever_was_sent_and_found(path: str, matched: str) -> None:
    exchange = make_exchange(host=path)
    judged = judgement(matches=[{"rule": 1, "matched": matched}])
    line = audit_line(exchange, read_judgement("waf", judged.encode()))
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line)["matches"][0]["matched"] == matched[:256]


async def test_the_file_is_there_from_the_start(tmp_path: pathlib.Path) -> None:
    log = AuditLog(str(tmp_path / "audit"), Cell(()))
    log.open()
    assert (tmp_path / "audit").exists()
    log.close()


async def test_a_rotated_file_is_let_go(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "audit"
    log = AuditLog(str(file), Cell(()))
    log.write(make_exchange(), JUDGED)
    log.open().flush()
    await asyncio.sleep(0.1)
    file.rename(tmp_path / "audit.1")
    log.reopen()
    log.write(make_exchange(), JUDGED)
    log.close()
    assert [len((tmp_path / name).read_text().splitlines()) for name in ("audit.1", "audit")] == [1, 1]


def test_one_that_was_never_opened_has_nothing_to_reopen_or_close(tmp_path: pathlib.Path) -> None:
    log = AuditLog(str(tmp_path / "audit"), Cell(()))
    log.reopen()
    log.close()
    assert not (tmp_path / "audit").exists()


def test_a_path_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(StartError, match="audit log /nowhere/audit: No such file"):
        AuditLog("/nowhere/audit", Cell(())).open()
