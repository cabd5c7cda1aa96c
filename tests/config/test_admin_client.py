"""Finding a running Penstock's admin, and asking it."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterator
from typing import Any

import click
import pytest
from aiohttp import web
from kit.demo import free_ports

from config.admin_client import USUAL, AdminClient, AdminUnreachable, admin_of
from config.demo.serving import serving

WHOLE: dict[str, Any] = {
    "version": 1,
    "listeners": [{"name": "public", "address": "127.0.0.1:0"}],
    "routes": [{"name": "all", "filters": [{"type": "respond", "status": 200}]}],
}


def admin() -> web.Application:
    """Make an admin that repeats what it was sent."""

    async def repeat(request: web.Request) -> web.Response:
        order = await request.json() if request.can_read_body else None
        return web.json_response([request.method, request.path, order], status=400 if order == "bad" else 200)

    async def page(_: web.Request) -> web.Response:
        return web.Response(text="<html>")

    app = web.Application()
    app.add_routes([web.get("/page", page), web.route("*", "/{path:.*}", repeat)])
    return app


@pytest.fixture
def place() -> Iterator[str]:
    address = f"127.0.0.1:{free_ports(1)[0]}"
    with serving(address, admin()):
        yield f"http://{address}"


def test_a_page_is_read(place: str) -> None:
    assert AdminClient(place).get("/cache") == ["GET", "/cache", None]


def test_an_order_is_given_and_its_status_told(place: str) -> None:
    client = AdminClient(place + "/")
    assert client.post("/cache/purge", {"all": True}) == (200, ["POST", "/cache/purge", {"all": True}])
    assert client.post("/cache/purge", "bad")[0] == 400


def test_an_admin_may_be_at_a_unix_socket(tmp_path: pathlib.Path) -> None:
    place = f"unix:{tmp_path}/admin.sock"
    with serving(place, admin()):
        assert AdminClient(place).get("/cache") == ["GET", "/cache", None]


@pytest.mark.parametrize("place", ["http://127.0.0.1:1", "unix:/nowhere/admin.sock"])
def test_nobody_there_is_said(place: str) -> None:
    with pytest.raises(AdminUnreachable, match=f"no admin answers at {place}: "):
        AdminClient(place).get("/cache")


def test_what_is_no_admin_is_said_to_be_none(place: str) -> None:
    with pytest.raises(AdminUnreachable, match="is no admin of Penstock"):
        AdminClient(place).get("/page")


# -- where it is


def written(tmp_path: pathlib.Path, **more: Any) -> pathlib.Path:
    file = tmp_path / "penstock.yaml"
    file.write_text(json.dumps({**WHOLE, **more}))
    return file


def test_without_a_word_it_is_at_the_usual_place() -> None:
    assert admin_of(None, None) == AdminClient(USUAL)


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("127.0.0.1:9902", "http://127.0.0.1:9902"),
        ("[::1]:9902", "http://[::1]:9902"),
        ("unix:/a.sock", "unix:/a.sock"),
    ],
)
def test_a_configuration_says_where(tmp_path: pathlib.Path, address: str, place: str) -> None:
    assert admin_of(None, written(tmp_path, admin={"address": address})) == AdminClient(place)


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, "has no admin; write admin: {address: 127.0.0.1:9901}"),
        ({"admin": {"address": "127.0.0.1:0"}}, "lets the admin have any free port; give --admin"),
        ({"version": 2}, "has errors; see penstock check"),
    ],
)
def test_a_configuration_that_does_not_is_refused(tmp_path: pathlib.Path, more: dict[str, Any], says: str) -> None:
    with pytest.raises(click.BadParameter, match=says):
        admin_of(None, written(tmp_path, **more))


def test_one_way_of_saying_it_is_enough(tmp_path: pathlib.Path) -> None:
    with pytest.raises(click.UsageError, match="give --admin or -c, not both"):
        admin_of("http://127.0.0.1:1", tmp_path / "x")


def test_what_is_no_place_is_refused() -> None:
    with pytest.raises(click.BadParameter, match=r"write http://127\.0\.0\.1:9901 or unix:/path"):
        admin_of("127.0.0.1:9901", None)
