"""Modules pulled by URL and hash."""

import ssl
from hashlib import sha256

import pytest
from kit import FakeOrigin, answering, no_leaks
from kit.fetching import LOOPBACK, FakeDns

import wasm_host.functions.network.pull as pull
from wasm_host.functions.allowance import HttpAllowance
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.pull import Pull

MODULE = b"\0asm\x01\0\0\0"
DIGEST = sha256(MODULE).hexdigest()


def serving(body: bytes = MODULE, status: bytes = b"200 OK") -> FakeOrigin:
    return FakeOrigin(answering(b"HTTP/1.1 %b\r\nContent-Length: %d\r\n\r\n%b" % (status, len(body), body)))


async def pulled(*hosts: str, url: str, digest: str = DIGEST, networks: tuple[str, ...] = LOOPBACK) -> bytes:
    context = ssl.create_default_context()
    return await Pull(HttpAllowance(hosts, True, networks), context, FakeDns()).fetch(url, digest)


async def refused(*hosts: str, url: str, digest: str = DIGEST, networks: tuple[str, ...] = LOOPBACK) -> str:
    with pytest.raises(HostcallFailed) as failure:
        await pulled(*hosts, url=url, digest=digest, networks=networks)
    return failure.value.reason


@pytest.mark.parametrize("digest", [DIGEST, DIGEST.upper()])
async def test_the_module_with_that_hash_comes(digest: str) -> None:
    async with no_leaks(), serving() as origin:
        assert await pulled(origin.address, url=f"http://{origin.address}/x.wasm", digest=digest) == MODULE


async def test_another_module_fails() -> None:
    async with serving(MODULE + b"\0") as origin:
        assert await refused(origin.address, url=f"http://{origin.address}/") == "failed"


async def test_an_error_is_no_module() -> None:
    async with serving(status=b"404 Not Found") as origin:
        assert await refused(origin.address, url=f"http://{origin.address}/") == "failed"


@pytest.mark.parametrize("digest", ["", "x" * 64, DIGEST[1:], DIGEST + "\n"])
async def test_what_is_no_hash_asks_nobody(digest: str) -> None:
    async with serving() as origin:
        assert await refused(origin.address, url=f"http://{origin.address}/", digest=digest) == "invalid"
        assert not origin.connections


async def test_a_module_over_the_limit_is_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pull, "MOST_MODULE_BYTES", len(MODULE) - 1)
    async with serving() as origin:
        assert await refused(origin.address, url=f"http://{origin.address}/") == "too_large"


async def test_hosts_that_are_not_on_the_list_are_not_asked() -> None:
    async with no_leaks(), serving() as origin:
        assert await refused("builds.test", url=f"http://{origin.address}/") == "not_allowed"
        assert not origin.connections


async def test_a_private_address_needs_its_network() -> None:
    async with serving() as origin:
        assert await refused(origin.address, url=f"http://{origin.address}/", networks=()) == "private_address"
