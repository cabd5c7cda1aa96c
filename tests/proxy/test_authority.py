"""Host values and the authorities of absolute targets."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.authority import Host, parse_host, same_authority
from proxy.errors import BadRequest


@pytest.mark.parametrize(
    ("value", "host"),
    [
        (b"example.com", Host("example.com", "example.com", None)),
        (b"example.com:8080", Host("example.com:8080", "example.com", 8080)),
        (b"EXAMPLE.com", Host("example.com", "example.com", None)),
        (b"example.com.", Host("example.com", "example.com", None)),
        (b"example.com.:443", Host("example.com:443", "example.com", 443)),
        (b"a_b-c.test", Host("a_b-c.test", "a_b-c.test", None)),
        (b"127.0.0.1:80", Host("127.0.0.1:80", "127.0.0.1", 80)),
        (b"[::1]", Host("[::1]", "[::1]", None)),
        (b"[2001:DB8:0:0::1]:443", Host("[2001:db8::1]:443", "[2001:db8::1]", 443)),
        (b"example.com:00080", Host("example.com:80", "example.com", 80)),
    ],
)
def test_a_host_has_one_spelling(value: bytes, host: Host) -> None:
    assert parse_host(value) == host


@pytest.mark.parametrize(
    "value",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"a b", id="space"),
        pytest.param(b" a", id="leading space"),
        pytest.param(b"a\tb", id="tab"),
        pytest.param(b"a\x00", id="NUL"),
        pytest.param(b"a\n", id="line feed"),
        pytest.param(b"user@a", id="user info"),
        pytest.param(b"user:secret@a", id="user info with a password"),
        pytest.param(b"a/b", id="slash"),
        pytest.param(b"a\\b", id="backslash"),
        pytest.param(b"a,b", id="comma"),
        pytest.param(b"a?b", id="question mark"),
        pytest.param(b"a#b", id="number sign"),
        pytest.param(b"a%41", id="percent escape"),
        pytest.param(b"\xe9", id="not ASCII"),
        pytest.param(b"a:", id="empty port"),
        pytest.param(b"a:x", id="port of letters"),
        pytest.param(b"a:-1", id="negative port"),
        pytest.param(b"a:65536", id="port too large"),
        pytest.param(b"a:000080", id="port of six digits"),
        pytest.param(b"a:\xb2", id="port in superscript"),
        pytest.param(b"a:80:80", id="two ports"),
        pytest.param(b":80", id="only a port"),
        pytest.param(b".", id="dot"),
        pytest.param(b"a..b", id="empty label"),
        pytest.param(b"a..", id="two trailing dots"),
        pytest.param(b"::1", id="IPv6 without brackets"),
        pytest.param(b"[::1", id="open bracket"),
        pytest.param(b"::1]", id="closing bracket"),
        pytest.param(b"[]", id="empty brackets"),
        pytest.param(b"[a]", id="a name in brackets"),
        pytest.param(b"[1.2.3.4]", id="IPv4 in brackets"),
        pytest.param(b"[::1%25eth0]", id="zone"),
        pytest.param(b"[v1.a]", id="future IP"),
        pytest.param(b"[::1]80", id="tail behind brackets"),
        pytest.param(b"a" * 262, id="too long"),
    ],
)
def test_a_malformed_host_is_refused(value: bytes) -> None:
    with pytest.raises(BadRequest) as refusal:
        parse_host(value)
    assert refusal.value.reason == "host"


@given(st.one_of(st.binary(max_size=40), st.from_regex(rb"[\[\]A-Za-z0-9.:@_,-]{1,30}", fullmatch=True)))
def test_what_is_understood_is_understood_again_as_itself(value: bytes) -> None:
    try:
        host = parse_host(value)
    except BadRequest:
        return
    assert parse_host(host.authority.encode()) == host
    assert re.fullmatch(r"[!-~]+", host.authority)
    assert not set('@/\\,?#%"<> ') & set(host.authority)


@pytest.mark.parametrize(
    ("one", "other", "scheme"),
    [
        ("a.test", "A.TEST.", "http"),
        ("a.test", "a.test:80", "http"),
        ("a.test:443", "a.test", "https"),
        ("[::1]", "[0:0::1]:80", "http"),
    ],
)
def test_authorities_agree_whatever_their_spelling(one: str, other: str, scheme: str) -> None:
    assert same_authority(one, other, scheme)


@pytest.mark.parametrize(
    ("one", "other", "scheme"),
    [
        ("a.test", "b.test", "http"),
        ("a.test", "a.test:8080", "http"),
        ("a.test", "a.test:443", "http"),
        ("a.test:80", "a.test", "https"),
        ("a.test", "x.a.test", "http"),
    ],
)
def test_another_host_or_port_is_another_authority(one: str, other: str, scheme: str) -> None:
    assert not same_authority(one, other, scheme)
