"""`penstock function invoke`: what it orders, and what it makes of the answer."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from kit.demo import free_ports

from config.cli import main
from config.demo.serving import serving
from proxy.admin.invocation import DURATION, VERSION


class Admin:
    """Notes orders, and answers as a function would, or in its own name."""

    def __init__(self) -> None:
        self.place = f"127.0.0.1:{free_ports(1)[0]}"
        self.orders: list[Any] = []
        self.status, self.body = 200, b"hello\n"
        self.headers = {"X-A": "1", "Server": "penstock", VERSION: "v1", DURATION: "0.5"}

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/api/v1/edge/hello", self._take)])
        return app

    async def _take(self, request: web.Request) -> web.Response:
        assert request.content_type == "application/vnd.penstock.invoke+json"
        self.orders.append(await request.json())
        return web.Response(status=self.status, body=self.body, headers=self.headers)

    def invoke(self, *arguments: str) -> Result:
        command = ["function", "invoke", "hello", *arguments, "--admin", f"http://{self.place}"]
        return CliRunner().invoke(main, command)


@pytest.fixture
def admin() -> Iterator[Admin]:
    admin = Admin()
    with serving(admin.place, admin.application()):
        yield admin


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        ([], {"method": "GET", "uri": "/", "headers": [], "body_base64": ""}),
        (["--body", "x"], {"method": "POST", "uri": "/", "headers": [], "body_base64": "eA=="}),
        (
            ["PUT", "a?b", "-H", "X-A: 1", "-H", "X-A: 2", "--body", "x", "--alias", "next"],
            {
                "method": "PUT",
                "uri": "/a?b",
                "headers": [["X-A", "1"], ["X-A", "2"]],
                "body_base64": "eA==",
                "alias": "next",
            },
        ),
        (
            ["--version", "0123"],
            {"method": "GET", "uri": "/", "headers": [], "body_base64": "", "version": "0123"},
        ),
    ],
)
def test_a_call_is_ordered_as_it_was_written(admin: Admin, arguments: list[str], order: dict[str, Any]) -> None:
    assert admin.invoke(*arguments).exit_code == 0
    assert admin.orders == [order]


def test_the_body_is_all_that_goes_to_standard_output(admin: Admin) -> None:
    admin.body = b"\xff\0"
    result = admin.invoke()
    assert (result.stdout_bytes, result.stderr) == (b"\xff\0", "200, by version v1 in 0.5 ms\n")


def test_the_head_stands_before_it_if_wanted(admin: Admin) -> None:
    head, _, body = admin.invoke("-i").stdout.partition("\n\n")
    lines = head.splitlines()
    assert (lines[0], body) == ("200", "hello\n")
    assert "X-A: 1" in lines
    assert not [line for line in lines if line.startswith(("Penstock-", "Server"))]


def test_an_answer_can_be_read_by_programs(admin: Admin) -> None:
    told = json.loads(admin.invoke("--json").stdout)
    assert ["X-A", "1"] in told.pop("headers")
    assert told == {"status": 200, "version": "v1", "duration_ms": 0.5, "body": "hello\n"}
    admin.body = b"\xff"
    assert json.loads(admin.invoke("--json").stdout)["body_base64"] == base64.b64encode(b"\xff").decode()


def test_a_function_may_answer_with_any_status(admin: Admin) -> None:
    admin.status = 403
    result = admin.invoke()
    assert (result.exit_code, result.stdout) == (0, "hello\n")
    assert result.stderr.startswith("403, by version v1")


def test_an_answer_of_the_admins_own_is_a_refusal(admin: Admin) -> None:
    admin.status, admin.headers, admin.body = 503, {}, b'{"error": "256 calls run, and 1024 wait"}'
    result = admin.invoke()
    assert (result.exit_code, result.stdout) == (1, "")
    assert "refuses (503): 256 calls run, and 1024 wait" in result.stderr


def test_an_alias_and_a_version_are_not_given_together(admin: Admin) -> None:
    assert admin.invoke("--alias", "a", "--version", "b").exit_code == 2
