"""Who the client is: what a stranger says of itself never survives, what a trusted hop says is extended."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.exchange import Client
from proxy.forwarded import behind_trusted_hop, extended_fields, fresh_fields, is_trusted, said_scheme

HOPS = (ip_network("10.0.0.0/8"), ip_network("fd00::/8"))
PEER = Client("10.0.0.1", 4711, "public")

ips = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6)).map(str)
noise = st.binary(max_size=30).filter(lambda value: not re.search(rb"[\r\n\0]", value))


def names(lines: list[bytes]) -> list[bytes]:
    return [line.split(b":")[0] for line in lines]


def field(lines: list[bytes], name: str) -> str:
    (found,) = [line for line in lines if line.startswith(name.encode() + b": ")]
    return found.split(b": ", 1)[1].decode("latin-1")


FIVE = [b"X-Forwarded-For", b"X-Forwarded-Proto", b"X-Forwarded-Host", b"Forwarded", b"Via"]


@given(ips, st.sampled_from(["http", "https"]))
def test_a_direct_client_is_described_by_what_we_know_alone(peer: str, scheme: str) -> None:
    lines = fresh_fields(peer, scheme, "a.test:81", "1.1 penstock")
    assert names(lines) == FIVE
    assert field(lines, "X-Forwarded-For") == peer
    assert field(lines, "X-Forwarded-Proto") == scheme
    assert field(lines, "X-Forwarded-Host") == "a.test:81"
    node = f'"[{peer}]"' if ":" in peer else peer
    assert field(lines, "Forwarded") == f'for={node};host="a.test:81";proto={scheme}'


def test_a_client_on_a_unix_socket_is_unknown() -> None:
    lines = fresh_fields("", "http", "a.test", "1.1 penstock")
    assert field(lines, "Forwarded") == 'for=unknown;host="a.test";proto=http'


@given(st.lists(st.tuples(st.sampled_from([name.lower() for name in FIVE[:4]]), noise), max_size=5), ips)
def test_what_a_trusted_hop_passes_on_is_kept_before_our_own_word(said: list[tuple[bytes, bytes]], peer: str) -> None:
    said_lines = [name + b": " + value for name, value in said]
    lines = extended_fields(said_lines, peer, "http", "a.test", "1.1 penstock")
    assert names(lines) == FIVE
    through = [value.strip(b" \t") for name, value in said if name == b"x-forwarded-for"]
    expected = b", ".join([*filter(None, through), peer.encode()]).decode("latin-1")
    assert field(lines, "X-Forwarded-For") == expected
    assert field(lines, "Forwarded").endswith(";proto=http")


@given(noise)
def test_no_host_that_a_trusted_hop_says_can_leave_its_quotes(value: bytes) -> None:
    lines = extended_fields([b"X-Forwarded-Host: " + value], "10.0.0.1", "http", "a.test", "1.1 penstock")
    assert re.fullmatch(r'for=10\.0\.0\.1;host="[A-Za-z0-9.\-_:\[\]]+";proto=http', field(lines, "Forwarded"))


@given(noise)
def test_only_a_scheme_that_we_know_is_believed(value: bytes) -> None:
    scheme = said_scheme([b"X-Forwarded-Proto: " + value])
    last = value.rpartition(b",")[2].strip(b" \t").lower()
    assert scheme == (last.decode() if last in (b"http", b"https") else None)


def test_the_last_scheme_said_is_the_nearest_hops() -> None:
    assert said_scheme([b"X-Forwarded-Proto: https", b"X-Forwarded-Proto: https, http"]) == "http"
    assert said_scheme([]) is None


@given(ips)
def test_nobody_is_trusted_where_no_hop_is(address: str) -> None:
    assert not is_trusted(address, ())


@given(ips)
def test_trust_follows_the_networks(address: str) -> None:
    ip = ip_address(address)
    mapped = ip.ipv4_mapped if isinstance(ip, IPv6Address) else None
    assert is_trusted(address, HOPS) == any((mapped or ip) in hop for hop in HOPS)


def test_an_ipv4_address_in_ipv6_is_the_ipv4_address() -> None:
    assert is_trusted("::ffff:10.1.2.3", HOPS)
    assert not is_trusted("::ffff:192.0.2.1", HOPS)


@pytest.mark.parametrize("address", ["", "unknown", "10.0.0.1:80", "10.0.0", "[fd00::1]", " 10.0.0.1"])
def test_what_is_no_address_is_not_trusted(address: str) -> None:
    assert not is_trusted(address, HOPS)


def client_said(*values: str) -> str:
    return behind_trusted_hop(PEER, [f"X-Forwarded-For: {value}".encode("latin-1") for value in values], HOPS).address


@pytest.mark.parametrize(
    ("values", "client"),
    [
        (["192.0.2.7"], "192.0.2.7"),
        (["2001:db8::7"], "2001:db8::7"),
        (["192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        (["192.0.2.7, fd00::2"], "192.0.2.7"),
        (["192.0.2.7", "10.0.0.2", "10.0.0.3"], "192.0.2.7"),
        (["192.0.2.6, 192.0.2.7"], "192.0.2.7"),
        (["10.0.0.9, 10.0.0.8"], "10.0.0.9"),
        ([], "10.0.0.1"),
        ([""], "10.0.0.1"),
        (["unknown"], "10.0.0.1"),
        (["192.0.2.7, unknown"], "10.0.0.1"),
        (["192.0.2.6, junk, 192.0.2.7, 10.0.0.2"], "192.0.2.7"),
        (["junk, 10.0.0.2"], "10.0.0.2"),
    ],
)
def test_the_client_is_the_last_that_no_trusted_hop_is(values: list[str], client: str) -> None:
    assert client_said(*values) == client


@given(st.lists(ips, max_size=3), st.ip_addresses(v=4, network="192.0.2.0/24").map(str), st.integers(0, 3))
def test_a_client_cannot_speak_for_another_through_trusted_hops(forged: list[str], real: str, hops: int) -> None:
    chain = [*forged, real, *[f"10.0.0.{number}" for number in range(2, 2 + hops)]]
    assert client_said(", ".join(chain)) == real


@given(noise)
def test_whatever_is_said_the_client_has_an_address(value: bytes) -> None:
    address = behind_trusted_hop(PEER, [b"X-Forwarded-For: " + value], HOPS).address
    assert isinstance(ip_address(address), IPv4Address | IPv6Address)


def test_a_client_known_by_word_alone_has_no_port() -> None:
    assert behind_trusted_hop(PEER, [b"X-Forwarded-For: 192.0.2.7"], HOPS).port == 0
    assert behind_trusted_hop(PEER, [], HOPS) == PEER
