"""`penstock cache`: the orders that it gives to an admin, and what it says of the outcome."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from kit.demo import free_ports

from config.cli import main
from config.demo.serving import serving


class Admin:
    """Notes the orders, and answers as it is told to."""

    def __init__(self) -> None:
        self.place = f"127.0.0.1:{free_ports(1)[0]}"
        self.orders: list[Any] = []
        self.status = 200
        self.answer: Any = {"workers": [{"worker": 0, "caches": {"default": {"purged": "local"}}}]}
        self.caches: Any = {}

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.post("/cache/purge", self._purge), web.get("/cache", self._cache)])
        return app

    async def _purge(self, request: web.Request) -> web.Response:
        self.orders.append(await request.json())
        return web.json_response(self.answer, status=self.status)

    async def _cache(self, _: web.Request) -> web.Response:
        return web.json_response(self.caches)

    def cache(self, *arguments: str) -> Result:
        return CliRunner().invoke(main, ["cache", *arguments, "--admin", f"http://{self.place}"])


@pytest.fixture
def admin() -> Iterator[Admin]:
    admin = Admin()
    with serving(admin.place, admin.application()):
        yield admin


@pytest.mark.parametrize(
    ("arguments", "order"),
    [
        (["--url", "http://a.example/x"], {"url": "http://a.example/x", "hard": False}),
        (["--tag", "news", "--hard"], {"tag": "news", "hard": True}),
        (
            ["--prefix", "http://a.example/", "--cache", "media"],
            {"prefix": "http://a.example/", "hard": False, "cache": "media"},
        ),
        (["--all"], {"all": True, "hard": False}),
    ],
)
def test_a_purge_is_ordered_as_it_was_written(admin: Admin, arguments: list[str], order: dict[str, Any]) -> None:
    result = admin.cache("purge", *arguments)
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == "worker 0: default is purged, local\n"
    assert admin.orders == [order]


@pytest.mark.parametrize("arguments", [[], ["--all", "--tag", "news"]])
def test_one_thing_is_purged_at_a_time(admin: Admin, arguments: list[str]) -> None:
    result = admin.cache("purge", *arguments)
    assert (result.exit_code, admin.orders) == (2, [])
    assert "give one of --url, --tag, --prefix and --all" in result.stderr


def test_a_refusal_is_passed_on(admin: Admin) -> None:
    admin.status, admin.answer = 400, {"error": "there is no cache x; there is default", "field": "cache"}
    result = admin.cache("purge", "--all")
    assert (result.exit_code, result.stderr) == (1, "the admin refuses (400): there is no cache x; there is default\n")


def test_a_worker_that_did_not_confirm_is_named(admin: Admin) -> None:
    admin.status = 503
    admin.answer["workers"].append({"worker": 1, "reason": "no answer to 'purge' within 2 s"})
    result = admin.cache("purge", "--all")
    assert (result.exit_code, result.stderr) == (1, "not everywhere; purge again\n")
    assert result.stdout.splitlines()[1] == "worker 1: no answer to 'purge' within 2 s"


def test_what_caches_hold_is_shown(admin: Admin) -> None:
    states = [
        {"worker": 0, "entries": 1, "bytes": 1024**2, "limit_bytes": 64 * 1024**2, "redis": None},
        {"worker": 1, "entries": 2, "bytes": 0, "limit_bytes": 64 * 1024**2, "redis": {"available": True}},
        {"worker": 2, "entries": 0, "bytes": 0, "limit_bytes": 64 * 1024**2, "redis": {"available": False}},
    ]
    admin.caches = {"default": {"entries": 3, "bytes": 1024**2, "limit_bytes": 128 * 1024**2, "workers": states}}
    assert admin.cache("show").stdout.splitlines() == [
        "default: 3 responses, 1.0 of 128.0 MiB",
        "  worker 0: 1 response, 1.0 of 64.0 MiB, no shared tier",
        "  worker 1: 2 responses, 0.0 of 64.0 MiB, uses the shared tier",
        "  worker 2: 0 responses, 0.0 of 64.0 MiB, leaves out the shared tier, which does not answer",
    ]


def test_without_caches_that_is_said(admin: Admin) -> None:
    assert admin.cache("show").stdout == "no cache is configured\n"


def test_nobody_there_is_said() -> None:
    result = CliRunner().invoke(main, ["cache", "show", "--admin", "http://127.0.0.1:1"])
    assert result.exit_code == 1
    assert "no admin answers at http://127.0.0.1:1" in result.stderr
