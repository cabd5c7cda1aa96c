"""The commands about what is deployed: what they order, and how they tell what they are told."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from aiohttp import web
from click.testing import CliRunner, Result
from kit.demo import free_ports

from config.cli import main
from config.demo.serving import serving

ONE, TWO = "1" * 16, "2" * 16
LIVE = {"versions": [{"version": ONE, "percent": 90}, {"version": TWO, "percent": 10}]}


class Admin:
    """Notes what it is asked, and answers as it is told to."""

    def __init__(self) -> None:
        self.place = f"127.0.0.1:{free_ports(1)[0]}"
        self.asked: list[tuple[str, str, Any]] = []
        self.answer: Any = {"function": "hello", "alias": "live", **LIVE, "warnings": []}

    def application(self) -> web.Application:
        app = web.Application()
        app.add_routes([web.route("*", "/{path:.*}", self._take)])
        return app

    async def _take(self, request: web.Request) -> web.Response:
        order = json.loads(await request.text() or "null")
        self.asked.append((request.method, request.raw_path.removeprefix("/api/v1/edge"), order))
        return web.json_response(self.answer)

    def run(self, *arguments: str, **more: Any) -> Result:
        command = ["function", *arguments, "--admin", f"http://{self.place}"]
        return CliRunner().invoke(main, command, **more)


@pytest.fixture
def admin() -> Iterator[Admin]:
    admin = Admin()
    with serving(admin.place, admin.application()):
        yield admin


@pytest.mark.parametrize(
    ("arguments", "asked"),
    [
        (["rollback", "hello"], ("POST", "/hello/rollback", {"alias": "live"})),
        (["rollback", "hello", "2"], ("POST", "/hello/rollback", {"alias": "live", "version": "2"})),
        (["rollback", "hello", "--alias", "next"], ("POST", "/hello/rollback", {"alias": "next"})),
        (["alias", "hello", "live", "2"], ("PUT", "/hello/aliases/live", {"version": "2"})),
        (["alias", "hello", "live", "2=10"], ("PUT", "/hello/aliases/live", {"version": "2", "percent": 10})),
        (
            ["alias", "hello", "live", "1", "2=10%"],
            (
                "PUT",
                "/hello/aliases/live",
                {"versions": [{"version": "1", "percent": 90}, {"version": "2", "percent": 10}]},
            ),
        ),
        (
            ["alias", "hello", "live", "2=10", "--sticky", "header:X-User"],
            ("PUT", "/hello/aliases/live", {"version": "2", "percent": 10, "sticky": {"header": "X-User"}}),
        ),
        (["alias", "hello", "next", "--remove"], ("DELETE", "/hello/aliases/next", None)),
        (["delete", "hello", "--yes"], ("DELETE", "/hello", None)),
        (["delete", "hello", "--yes", "--force"], ("DELETE", "/hello?force=1", None)),
        (["alias", "a/b", "c?d", "1"], ("PUT", "/a%2Fb/aliases/c%3Fd", {"version": "1"})),
    ],
)
def test_a_change_is_ordered_as_it_was_written(admin: Admin, arguments: list[str], asked: tuple[str, str, Any]) -> None:
    assert admin.run(*arguments).exit_code == 0
    assert admin.asked == [asked]


@pytest.mark.parametrize(
    ("shares", "word"),
    [
        ([], "give the versions that it is to point at, or --remove"),
        (["1", "--remove"], "or --remove"),
        (["1", "2"], "write one version, or two with their percents"),
        (["1=1", "2=2", "3=97"], "write one version, or two with their percents"),
        (["1=x"], "'x' is no percent"),
        (["1=0"], "'0' is no percent"),
    ],
)
def test_a_slip_is_told(admin: Admin, shares: list[str], word: str) -> None:
    result = admin.run("alias", "hello", "live", *shares)
    assert (result.exit_code, admin.asked) == (2, [])
    assert word in result.stderr


def test_what_an_alias_points_at_now_is_told(admin: Admin) -> None:
    admin.answer["warnings"] = ["nothing has changed: it was so before"]
    result = admin.run("alias", "hello", "live", "1=90", "2=10")
    assert result.stdout == f"hello: live is {ONE} (90 %) and {TWO} (10 %) now\n"
    assert result.stderr == "warning: nothing has changed: it was so before\n"


@pytest.mark.parametrize(
    "arguments",
    [["list"], ["versions", "hello"], ["rollback", "hello"], ["alias", "hello", "live", "1"], ["delete", "x", "--yes"]],
)
def test_each_answer_can_be_read_by_programs(admin: Admin, arguments: list[str]) -> None:
    admin.answer |= {"functions": [], "versions": []}
    assert json.loads(admin.run(*arguments, "--json").stdout) == admin.answer


def test_nothing_is_deleted_unless_that_is_meant(admin: Admin) -> None:
    result = admin.run("delete", "hello", input="n\n")
    assert (result.exit_code, admin.asked) == (1, [])
    assert "Delete hello with all its versions?" in result.stderr
    assert admin.run("delete", "hello", input="y\n").stdout == "hello is deleted\n"


def test_functions_are_listed_with_their_aliases(admin: Admin) -> None:
    admin.answer = {
        "functions": [
            {"name": "hello", "aliases": {"live": LIVE, "next": {"versions": [{"version": TWO, "percent": 100}]}}},
            {"name": "idle", "aliases": {}},
            {"name": "local", "aliases": {}, "from_file": True},
        ]
    }
    assert admin.run("list").stdout.splitlines() == [
        f"hello: live is {ONE} (90 %) and {TWO} (10 %), next is {TWO}",
        "idle: no alias points at it",
        "local: from a file of the configuration",
    ]


def test_without_any_it_is_said_how_there_can_be(admin: Admin) -> None:
    admin.answer = {"functions": []}
    assert admin.run("list").stdout == "no function is deployed; penstock function deploy does that\n"


def version(number: int, id: str, **more: Any) -> dict[str, Any]:
    about = {"created_at": 0.0, "size": 4096, "abi": "edge", "who": "", "key": None}
    return {"number": number, "version": id, **about, **more}


def test_versions_are_listed_newest_first(admin: Admin) -> None:
    admin.answer = {
        "name": "hello",
        "aliases": {"live": LIVE},
        "versions": [version(1, ONE), version(2, TWO, who="ann", key="ci"), version(3, "3" * 16)],
    }
    three, two, one = admin.run("versions", "hello").stdout.splitlines()
    assert three.endswith("  4,096 bytes  edge")
    assert two.startswith(f"   2  {TWO}  19")
    assert two.endswith("  4,096 bytes  edge  by ann  signed by ci  [live 10 %]")
    assert one.endswith("  edge  [live 90 %]")


def test_a_function_from_a_file_has_no_versions(admin: Admin) -> None:
    admin.answer = {"name": "local", "aliases": {}, "from_file": True, "versions": []}
    assert admin.run("versions", "local").stdout == "local: from a file of the configuration\n"
