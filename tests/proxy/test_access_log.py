"""The access log: a line an exchange, in a file that may be rotated."""

import json
from pathlib import Path

import pytest

from proxy.access_log import AccessLog
from proxy.errors import StartError
from proxy.exchange import Client, Exchange
from proxy.messages import Request
from proxy.metrics import Cell


def opened(path: Path | str, *fields: str) -> AccessLog:
    return AccessLog(str(path), fields or ("path",), Cell(()))


async def test_each_exchange_is_a_line_of_the_chosen_fields(tmp_path: Path) -> None:
    log = opened(tmp_path / "log", "method", "path")
    for path in ("/1", "/2"):
        log.write(Exchange(Request("GET", path), Client("192.0.2.7", 4711, "public")))
    log.close()
    lines = [json.loads(line) for line in (tmp_path / "log").read_text().splitlines()]
    assert lines == [{"method": "GET", "path": "/1"}, {"method": "GET", "path": "/2"}]


def test_a_path_that_cannot_be_opened_is_named() -> None:
    with pytest.raises(StartError, match="access log /nowhere/log: No such file"):
        opened("/nowhere/log")


def test_an_unknown_field_is_an_error_before_anything_is_opened(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        opened(tmp_path / "log", "colour")
    assert not (tmp_path / "log").exists()
