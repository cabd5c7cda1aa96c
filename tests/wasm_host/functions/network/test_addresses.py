"""Which addresses are private, in all the forms that one can take."""

import socket
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wasm_host.functions.network.addresses import Reach, is_public

PRIVATE_V4 = [
    "0.0.0.0", "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "100.127.255.255", "127.0.0.1", "127.255.0.1",
    "168.63.129.16", "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.1", "192.0.0.192", "192.0.2.1",
    "192.88.99.1", "192.168.0.1", "198.18.0.1", "198.19.255.255", "198.51.100.1", "203.0.113.1", "224.0.0.1",
    "239.255.255.250", "240.0.0.1", "255.255.255.255",
]  # fmt: skip
PUBLIC_V4 = [
    "1.1.1.1",
    "8.8.8.8",
    "100.63.255.255",
    "100.128.0.0",
    "172.15.0.1",
    "172.32.0.1",
    "192.0.1.1",
    "223.1.1.1",
]
PRIVATE_V6 = [
    "::", "::1", "fe80::1", "febf::1", "fec0::1", "fc00::1", "fd00:ec2::254", "ff02::1", "100::1", "2001::1",
    "2001:2::1", "2001:20::1", "2001:db8::1", "3fff::1", "5f00::1", "64:ff9b:1::808:808", "::8.8.8.8", "4000::1",
]  # fmt: skip
PUBLIC_V6 = ["2001:4860:4860::8888", "2606:4700:4700::1111", "2a00:1450::1", "2400:cb00::1"]
CARRIERS = {
    "mapped": lambda v4: f"::ffff:{v4}",
    "nat64": lambda v4: f"64:ff9b::{v4}",
    "6to4": lambda v4: str(IPv6Address((0x2002 << 112) | (int(IPv4Address(v4)) << 80) | 1)),
}


@pytest.mark.parametrize("address", PRIVATE_V4 + PRIVATE_V6)
def test_a_private_address_is_not_admitted(address: str) -> None:
    assert not Reach().admits(address)


@pytest.mark.parametrize("address", PUBLIC_V4 + PUBLIC_V6)
def test_a_public_address_is_admitted(address: str) -> None:
    assert Reach().admits(address)


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("address", PRIVATE_V4)
def test_a_private_address_stays_private_inside_an_ipv6_one(address: str, carrier: object) -> None:
    assert not Reach().admits(carrier(address))  # type: ignore[operator]


@pytest.mark.parametrize("carrier", CARRIERS.values(), ids=CARRIERS)
@pytest.mark.parametrize("address", PUBLIC_V4)
def test_a_public_address_stays_public_inside_an_ipv6_one(address: str, carrier: object) -> None:
    assert Reach().admits(carrier(address))  # type: ignore[operator]


@pytest.mark.parametrize("address", ["2001:0:808:808:0:0:f7f7:f7f7", "::808:808"])
def test_forms_that_nobody_uses_any_more_are_private_whatever_they_carry(address: str) -> None:
    """Teredo with 8.8.8.8 on both ends, and an IPv4-compatible address."""
    assert not Reach().admits(address)


@pytest.mark.parametrize("address", ["fe80::1%eth0", "2606:4700::1%1", "::1%lo", "127.0.0.1%1", "", "localhost", "1.1"])
def test_a_zone_and_what_is_no_address_are_not_admitted(address: str) -> None:
    assert not Reach(("::/0", "0.0.0.0/0")).admits(address)


def test_a_network_that_is_named_is_admitted_and_no_other() -> None:
    reach = Reach(("10.1.0.0/16", "fd00::/64"))
    assert [reach.admits(each) for each in ("10.1.2.3", "fd00::1", "10.2.0.1", "fd01::1")] == [True, True, False, False]


def test_an_ipv4_network_is_meant_in_its_mapped_form_too() -> None:
    assert Reach(("10.1.0.0/16",)).admits("::ffff:10.1.2.3")


def test_an_ipv4_network_is_not_meant_behind_a_gateway() -> None:
    """The 10.1.2.3 beyond a NAT64 is another one than ours."""
    assert not Reach(("10.1.0.0/16",)).admits("64:ff9b::10.1.2.3")


def test_what_is_no_network_is_a_value_error() -> None:
    with pytest.raises(ValueError, match="does not appear to be"):
        Reach(("localhost",))


@given(st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)))
def test_what_python_calls_private_is_never_public(address: IPv4Address | IPv6Address) -> None:
    carried = getattr(address, "ipv4_mapped", None) or getattr(address, "sixtofour", None) or address
    if not carried.is_global or address.is_multicast or address.is_unspecified:
        assert not is_public(address)


@given(st.sampled_from(PRIVATE_V4), st.sampled_from(sorted(CARRIERS)))
def test_how_the_system_spells_an_address_changes_nothing(address: str, carrier: str) -> None:
    packed = socket.inet_pton(socket.AF_INET6, str(IPv6Address(CARRIERS[carrier](address))))
    assert not Reach().admits(socket.inet_ntop(socket.AF_INET6, packed))
