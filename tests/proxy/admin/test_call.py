"""Where calls come from."""

from __future__ import annotations

import os
import pathlib

import aiohttp
from kit.admin import Visitor, visiting


async def test_over_a_unix_socket_the_user_is_known(tmp_path: pathlib.Path) -> None:
    place = f"{tmp_path}/admin.sock"
    async with visiting(tmp_path, address=f"unix:{place}") as visitor:
        async with (
            aiohttp.ClientSession(connector=aiohttp.UnixConnector(place)) as session,
            session.post("http://localhost/reload") as response,
        ):
            assert response.status == 200
        assert [line["address"] for line in visitor.lines()] == [f"unix, user {os.getuid()}"]


async def test_every_call_has_an_id_of_its_own(visitor: Visitor) -> None:
    ids = set()
    for path in ("/healthz", "/healthz", "/nowhere"):
        async with visitor.session.get(visitor.url + path) as response:
            ids.add(response.headers["X-Request-ID"])
    assert len(ids) == 3
