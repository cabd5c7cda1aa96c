"""`penstock function logs`: lines as they are told, and a stream that breaks off."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from kit.demo import free_ports

from config.admin_client import AdminUnreachable
from config.cli import main
from config.demo.serving import serving
from proxy.admin.line_stream import HEARTBEAT, events


def line(id: int, text: str, level: str = "info") -> dict[str, Any]:
    return {"id": id, "at": 0.5, "worker": 0, "version": "0123456789abcdef", "level": level, "text": text}


class Admin:
    """Has lines; of streams it sends one part for each time that it is asked, then refuses."""

    def __init__(self) -> None:
        self.place = f"127.0.0.1:{free_ports(1)[0]}"
        self.streams: list[bytes] = []
        self.asked: list[tuple[str, str | None]] = []

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.get("/api/v1/edge/hello/logs", self._logs)])
        return app

    async def _logs(self, request: web.Request) -> web.StreamResponse:
        self.asked.append((request.query_string, request.headers.get("Last-Event-ID")))
        if request.query.get("follow") != "1":
            return web.json_response({"name": "hello", "lines": [line(1, "one"), line(2, "two", "warn")]})
        if not self.streams:
            return web.json_response({"error": "there is no function hello"}, status=404)
        answer = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await answer.prepare(request)
        await answer.write(HEARTBEAT + self.streams.pop(0))
        return answer

    def logs(self, *arguments: str) -> Result:
        command = ["function", "logs", "hello", *arguments, "--admin", f"http://{self.place}"]
        return CliRunner().invoke(main, command)


@pytest.fixture
def admin(monkeypatch: pytest.MonkeyPatch) -> Iterator[Admin]:
    monkeypatch.setattr("config.function_logs_cli.RETRY_S", 0.01)
    monkeypatch.setenv("TZ", "UTC")
    admin = Admin()
    with serving(admin.place, admin.application()):
        yield admin


def test_the_last_lines_are_shown(admin: Admin) -> None:
    one, two = admin.logs("--lines", "7").stdout.splitlines()
    assert one.endswith("  info   01234567  one")
    assert two.endswith("  warn   01234567  two")
    assert admin.asked == [("lines=7", None)]


def test_they_can_be_read_by_programs(admin: Admin) -> None:
    assert list(map(json.loads, admin.logs("--json").stdout.splitlines())) == [line(1, "one"), line(2, "two", "warn")]


def test_a_stream_that_breaks_off_is_taken_up_after_its_last_line(admin: Admin) -> None:
    admin.streams = [events([line(5, "five")], 0), events([line(6, "six")], lost=3)]
    result = admin.logs("--follow")
    assert [each.rpartition("  ")[2] for each in result.stdout.splitlines()] == ["five", "six"]
    assert admin.asked == [("lines=100&follow=1", each) for each in (None, "5", "6")]
    assert result.stderr.splitlines() == [
        "the admin has ended the stream; asking again",
        "3 lines were lost on the way here",
        "the admin has ended the stream; asking again",
        f"Error: the admin at http://{admin.place} refuses (404): there is no function hello",
    ]
    assert result.exit_code == 1


def test_ctrl_c_is_its_ordinary_end(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("config.function_logs_cli.sleep", interrupt)
    admin.streams = [events([line(5, "five")], 0)]
    assert admin.logs("--follow").exit_code == 0


def test_an_admin_that_goes_away_is_asked_again(admin: Admin, monkeypatch: pytest.MonkeyPatch) -> None:
    waits: list[float] = []

    def give_up(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == 2:
            raise KeyboardInterrupt
        monkeypatch.setattr("config.admin_client.AdminClient.follow", _unreachable)

    monkeypatch.setattr("config.function_logs_cli.sleep", give_up)
    admin.streams = [events([line(5, "five")], 0)]
    result = admin.logs("--follow")
    assert (result.exit_code, len(waits)) == (0, 2)
    assert "gone; asking again" in result.stderr


def _unreachable(*_: object) -> None:
    raise AdminUnreachable("gone")


def test_nobody_there_at_first_is_an_error() -> None:
    result = CliRunner().invoke(main, ["function", "logs", "hello", "--follow", "--admin", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "no admin answers" in result.stderr
