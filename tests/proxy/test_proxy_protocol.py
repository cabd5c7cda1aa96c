"""The PROXY protocol."""

from __future__ import annotations

import contextlib
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kit.proxied import SIGNATURE, block, item, line, local, raw

from proxy.proxy_protocol import LONGEST_V1, LONGEST_V2, Ends, HeaderFault, header_length, parse

ports = st.integers(0, 65535)
v4 = st.ip_addresses(v=4).map(str)
v6 = st.ip_addresses(v=6).map(str).filter(lambda text: IPv6Address(text).ipv4_mapped is None)
places = st.one_of(st.tuples(v4, ports, v4, ports), st.tuples(v6, ports, v6, ports))
items = st.lists(st.builds(item, st.integers(0, 255), st.binary(max_size=300)), max_size=4).map(b"".join)
headers = st.one_of(
    st.builds(lambda place: line(*place), places),
    st.builds(lambda place, extra: block(*place, extra), places, items),
    st.just(b"PROXY UNKNOWN\r\n"),
    st.just(local()),
)
HALF = "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"


@settings(deadline=None)
@given(places)
def test_a_line_says_who_is_spoken_for(place: tuple[str, int, str, int]) -> None:
    assert parse(line(*place)) == Ends(*place)


@settings(deadline=None)
@given(places, items)
def test_a_block_says_the_same_whatever_items_follow(place: tuple[str, int, str, int], extra: bytes) -> None:
    assert parse(block(*place, extra)) == Ends(*place)


@settings(deadline=None)
@given(headers, st.binary())
def test_the_length_is_told_from_any_beginning_that_can_tell_it_and_never_counts_what_follows(
    header: bytes, following: bytes
) -> None:
    told = [header_length((header + following)[:end]) for end in range(len(header) + len(following) + 1)]
    assert set(told) <= {None, len(header)}
    assert told[len(header) :] == [len(header)] * (len(following) + 1)


@settings(deadline=None)
@given(headers, st.data())
def test_a_header_that_is_not_whole_is_refused(header: bytes, data: st.DataObject) -> None:
    with pytest.raises(HeaderFault):
        parse(header[: data.draw(st.integers(0, len(header) - 1))])


@settings(deadline=None)
@given(
    st.one_of(st.binary(), st.binary().map(lambda end: b"PROXY " + end), st.binary().map(lambda end: SIGNATURE + end))
)
def test_garbage_raises_nothing_but_its_own_fault(garbage: bytes) -> None:
    with contextlib.suppress(HeaderFault):
        length = header_length(garbage)
        if length is not None:
            parse(garbage[:length])


@settings(deadline=None)
@given(st.integers(0, 255), st.integers(0, 255), st.binary(max_size=300))
def test_no_block_raises_anything_but_its_own_fault(first: int, second: int, content: bytes) -> None:
    with contextlib.suppress(HeaderFault):
        assert isinstance(parse(raw(first, second, content)), Ends | None)


@pytest.mark.parametrize(
    "header",
    [
        b"PROXY UNKNOWN\r\n",
        b"PROXY UNKNOWN ffff::1 nonsense \xff\r\n",
        local(),
        raw(0x20, 0x11, b"no addresses, and nobody looks"),
        raw(0x20, 0xEE, b""),
        raw(0x21, 0x00, b"of an unknown family"),
    ],
)
def test_a_header_may_speak_for_nobody(header: bytes) -> None:
    assert parse(header) is None


@pytest.mark.parametrize("transport", [1, 2])
def test_a_client_of_a_unix_socket_has_no_address(transport: int) -> None:
    assert parse(raw(0x21, 0x30 | transport, bytes(216))) == Ends("", 0, "", 0)


def test_an_ipv4_address_in_ipv6_clothes_is_an_ipv4_address() -> None:
    place = ("::ffff:192.0.2.1", 1, "::ffff:192.0.2.2", 2)
    expected = Ends("192.0.2.1", 1, "192.0.2.2", 2)
    assert (parse(line(*place)), parse(block(*place))) == (expected, expected)


def test_the_longest_line_is_read() -> None:
    longest = b"PROXY UNKNOWN %b %b 65535 65535\r\n" % (HALF.encode(), HALF.encode())
    assert (len(longest), header_length(longest), parse(longest)) == (LONGEST_V1, LONGEST_V1, None)


@pytest.mark.parametrize(
    ("beginning", "message"),
    [
        (b"G", "does not begin"),
        (b"GET / HTTP/1.1\r\n", "does not begin"),
        (b"PROXYTCP4", "does not begin"),
        (b"proxy TCP4", "does not begin"),
        (b"\r\n\r\nGET", "does not begin"),
        (b"PROXY " + b"a" * (LONGEST_V1 - 6), "does not end within 107 bytes"),
        (b"PROXY " + b"a" * (LONGEST_V1 - 7) + b"\r\n", "does not end within 107 bytes"),
        (SIGNATURE + b"\x11\x11\x00\x0c", "version 1 is unknown"),
        (SIGNATURE + b"\x21\x11\xff\xff", f"longer than {LONGEST_V2}"),
    ],
)
def test_what_nothing_to_come_can_mend_is_refused_at_once(beginning: bytes, message: str) -> None:
    with pytest.raises(HeaderFault, match=message):
        header_length(beginning)


@pytest.mark.parametrize(
    ("header", "message"),
    [
        (b"PROXY\r\n", "does not begin"),
        (b"PROXY TCP4\r\n", "the line is not"),
        (b"PROXY UNKNOWNS\r\n", "the line is not"),
        (b"PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n", "the line is not"),
        (b"PROXY TCP4 1.2.3.4  1.2.3.4 1 2\r\n", "the line is not"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2 \r\n", "the line is not"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 2\n\r\n", "the line is not"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 -1 2\r\n", "the line is not"),
        (b"PROXY TCP4 01.2.3.4 1.2.3.4 1 2\r\n", "not an IPv4 address"),
        (b"PROXY TCP4 1.2.3 1.2.3.4 1 2\r\n", "not an IPv4 address"),
        (b"PROXY TCP4 ::1 ::1 1 2\r\n", "not an IPv4 address"),
        (b"PROXY TCP6 1.2.3.4 1.2.3.4 1 2\r\n", "not an IPv6 address"),
        (b"PROXY TCP6 ::1%lo ::1 1 2\r\n", "the line is not"),
        (b"PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n", "port 65536"),
        (raw(0x22, 0x11, bytes(12)), "command 2"),
        (raw(0x21, 0x10, bytes(12)), "0x10"),
        (raw(0x21, 0x01, bytes(12)), "0x01"),
        (raw(0x21, 0x13, bytes(12)), "0x13"),
        (raw(0x21, 0x41, bytes(216)), "0x41"),
        (raw(0x21, 0x11, bytes(11)), "too few"),
        (raw(0x21, 0x21, bytes(12)), "too few"),
        (raw(0x21, 0x31, bytes(215)), "too few"),
        (raw(0x21, 0x11, bytes(12) + b"\x04\x00"), "cut short"),
        (raw(0x21, 0x11, bytes(12) + b"\x04\x00\x01"), "longer than the header"),
    ],
)
def test_a_wrong_header_is_refused_with_what_is_wrong(header: bytes, message: str) -> None:
    with pytest.raises(HeaderFault, match=message):
        parse(header)


def test_addresses_are_spelled_in_one_way() -> None:
    ends = parse(b"PROXY TCP6 2001:DB8:0::0:1 0:0:0:0:0:0:0:1 1 2\r\n")
    assert ends == Ends(str(IPv6Address("2001:db8::1")), 1, "::1", 2)
    assert parse(block("192.0.2.1", 1, "192.0.2.2", 2)) == Ends(str(IPv4Address("192.0.2.1")), 1, "192.0.2.2", 2)
