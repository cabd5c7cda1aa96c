"""The guard at the socket, by itself."""

import socket

import pytest
from kit.fetching import FakeDns

from proxy.upstream.resolver import Addresses
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.addresses import Reach
from wasm_host.functions.network.guard import GuardedResolver, guarded_socket


def resolver(*answers: str | tuple[str, ...]) -> GuardedResolver:
    return GuardedResolver(Reach(), FakeDns(a_b=answers))


async def test_public_addresses_are_given_with_their_family_and_port() -> None:
    found = await resolver(("1.1.1.1", "2606:4700::1")).resolve("a.b", 443)
    assert [(each["host"], each["port"], each["family"]) for each in found] == [
        ("1.1.1.1", 443, socket.AF_INET),
        ("2606:4700::1", 443, socket.AF_INET6),
    ]


@pytest.mark.parametrize(
    "answer", ["127.0.0.1", "::ffff:127.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::1", "fe80::1%eth0", "169.254.169.254"]
)
async def test_a_private_answer_is_refused(answer: str) -> None:
    with pytest.raises(HostcallFailed) as failure:
        await resolver(answer).resolve("a.b", 443)
    assert failure.value.reason == "private_address"


async def test_one_private_address_spoils_the_answer() -> None:
    with pytest.raises(HostcallFailed) as failure:
        await resolver(("1.1.1.1", "10.0.0.1")).resolve("a.b", 443)
    assert failure.value.reason == "private_address"


async def test_a_name_without_addresses_is_an_os_error() -> None:
    with pytest.raises(OSError, match="no addresses"):
        await resolver(()).resolve("a.b", 443)


async def test_a_name_that_dns_cannot_carry_is_an_os_error() -> None:
    async def lookup(host: str, port: int) -> Addresses:
        raise UnicodeError("label too long")

    with pytest.raises(OSError, match="label too long"):
        await GuardedResolver(Reach(), lookup).resolve("a.b", 443)


def test_no_socket_is_made_for_a_private_address() -> None:
    make = guarded_socket(Reach())
    with pytest.raises(HostcallFailed, match=r"10\.0\.0\.1"):
        make((socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "", ("10.0.0.1", 443)))


def test_one_is_made_for_a_public_address() -> None:
    with guarded_socket(Reach())((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("1.1.1.1", 443))) as made:
        assert (made.family, made.type) == (socket.AF_INET, socket.SOCK_STREAM)
