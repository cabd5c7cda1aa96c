"""The admin's listener: what it refuses to start with, and how one takes the place of another."""

from __future__ import annotations

import asyncio
import pathlib
import ssl
import stat
from dataclasses import replace
from typing import Any

import aiohttp
import pytest
import trustme
from kit.admin import SPEC, TOKENS, WRITE, Known, bearer, visiting

from proxy.admin.access import Access
from proxy.admin.server import Admin
from proxy.errors import StartError
from proxy.sockets import open_socket
from proxy.tls.settings import Certificate, TlsServer
from proxy.upstream.address import Address


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"address": "9901"}, "admin: '9901' is not host:port"),
        ({"address": "0.0.0.0:9901"}, r"admin: 0\.0\.0\.0:9901 is not a loopback address"),
        ({"address": "0.0.0.0:9901", "access": TOKENS}, "everybody on the way reads the tokens"),
    ],
)
def test_what_is_not_safe_is_not_made(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(StartError, match=says):
        Admin(replace(SPEC, **spec), Known())


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ({"audit_log": "/nowhere/audit.log"}, "admin's audit log"),
        ({"tls": TlsServer((Certificate("/nowhere/a.crt", "/nowhere/a.key"),))}, "/nowhere/a.crt"),
    ],
)
async def test_what_it_needs_and_has_not_is_an_error(spec: dict[str, Any], says: str) -> None:
    with pytest.raises(StartError, match=says):
        await Admin(replace(SPEC, **spec), Known()).start()


async def test_an_address_in_use_is_an_error() -> None:
    with open_socket(Address("127.0.0.1", 0)) as taken:
        admin = Admin(replace(SPEC, address=f"127.0.0.1:{taken.getsockname()[1]}"), Known())
        with pytest.raises(StartError, match="the address is in use"):
            await admin.start()


async def test_tokens_may_be_needed_everywhere_in_clear_where_that_is_meant(tmp_path: pathlib.Path) -> None:
    access = Access(TOKENS.tokens, insecure=True)
    async with visiting(tmp_path, address="0.0.0.0:0", access=access) as visitor:
        visitor.url = visitor.url.replace("0.0.0.0", "127.0.0.1")
        assert (await visitor.get("/config"))[0] == 401
        assert (await visitor.get("/config", bearer(WRITE)))[0] == 200


async def test_it_may_be_at_a_unix_socket(tmp_path: pathlib.Path) -> None:
    admin = Admin(replace(SPEC, address=f"unix:{tmp_path}/admin.sock"), Known())
    await admin.start()
    assert admin.url == f"unix:{tmp_path}/admin.sock"
    assert stat.S_ISSOCK((tmp_path / "admin.sock").stat().st_mode)
    connector = aiohttp.UnixConnector(f"{tmp_path}/admin.sock")
    async with aiohttp.ClientSession(connector=connector) as session, session.get("http://localhost/") as response:
        assert response.status == 200
    await admin.stop()


async def test_it_may_speak_tls(tmp_path: pathlib.Path) -> None:
    authority = trustme.CA()
    certificate = authority.issue_cert("localhost", "127.0.0.1")
    certificate.cert_chain_pems[0].write_to_path(str(tmp_path / "a.crt"))
    certificate.private_key_pem.write_to_path(str(tmp_path / "a.key"))
    tls = TlsServer((Certificate(str(tmp_path / "a.crt"), str(tmp_path / "a.key")),))
    trust = ssl.create_default_context()
    authority.configure_trust(trust)
    async with visiting(tmp_path, trust, tls=tls, access=TOKENS) as visitor:
        assert visitor.url.startswith("https://127.0.0.1:")
        assert (await visitor.get("/config", bearer(WRITE)))[0] == 200


# -- one after another


async def test_another_takes_its_place_on_the_same_socket_and_no_call_is_lost(tmp_path: pathlib.Path) -> None:
    known = Known()
    first = Admin(SPEC, known)
    await first.start()
    answered = 0

    async def call(url: str) -> None:
        nonlocal answered
        async with aiohttp.ClientSession() as session, session.get(f"{url}config") as response:
            assert response.status == 200
            answered += 1

    calls = [asyncio.create_task(call(first.url)) for _ in range(20)]
    second = Admin(replace(SPEC, config=lambda: {"second": True}), known)
    await second.start(first.opened.dup())
    assert second.url == first.url
    calls += [asyncio.create_task(call(first.url)) for _ in range(20)]
    await asyncio.sleep(0)
    await first.stop()
    calls += [asyncio.create_task(call(first.url)) for _ in range(20)]
    await asyncio.gather(*calls)
    assert answered == 60
    await second.stop()


async def test_a_call_under_way_is_answered_before_it_ends() -> None:
    known = Known()
    begun, go_on = asyncio.Event(), asyncio.Event()

    async def slow() -> dict[str, Any]:
        begun.set()
        await go_on.wait()
        return known.reloaded

    known.reload = slow  # type: ignore[method-assign]
    admin = Admin(SPEC, known)
    await admin.start()
    async with aiohttp.ClientSession() as session:
        call = asyncio.create_task(session.post(f"{admin.url}reload").__aenter__())
        await begun.wait()
        end = asyncio.create_task(admin.stop())
        await asyncio.sleep(0.05)
        go_on.set()
        response = await call
        assert (response.status, await response.json()) == (200, known.reloaded)
        await end


async def test_its_log_is_opened_anew_where_asked_for(tmp_path: pathlib.Path) -> None:
    async with visiting(tmp_path) as visitor:
        await visitor.order("/reload")
        visitor.audit.rename(tmp_path / "audit.log.1")
        visitor.admin.reopen_log()
        await visitor.order("/reload")
        assert len(visitor.lines()) == 1
