"""URLs are read in one way; what could be read in two is refused."""

import re
import socket

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.target import MOST_URL_BYTES, Target, is_ip


def refused(url: str) -> str:
    with pytest.raises(HostcallFailed) as failure:
        Target.parse(url)
    return failure.value.reason


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://example.com", Target("https", "example.com", 443, "/")),
        ("HTTP://EXAMPLE.com./A?b=C#d", Target("http", "example.com", 80, "/A?b=C")),
        ("https://example.com:8443?q", Target("https", "example.com", 8443, "/?q")),
        ("https://a_b.example/%2e%2E/a//b", Target("https", "a_b.example", 443, "/%2e%2E/a//b")),
        ("https://example.com#@other/", Target("https", "example.com", 443, "/")),
        ("https://example.com/@other:1", Target("https", "example.com", 443, "/@other:1")),
        ("https://b\u00fccher.example/\u00fc?\u00df", Target("https", "xn--bcher-kva.example", 443, "/%C3%BC?%C3%9F")),
        ("https://stra\u00dfe.example", Target("https", "xn--strae-oqa.example", 443, "/")),
        ("https://example\u3002com/", Target("https", "example.com", 443, "/")),
        ("http://127.0.0.1:81/", Target("http", "127.0.0.1", 81, "/")),
        ("http://127.0.0.1./", Target("http", "127.0.0.1", 80, "/")),
        ("http://\uff11\uff12\uff17.0.0.1/", Target("http", "127.0.0.1", 80, "/")),
        ("http://[::1]:81/", Target("http", "::1", 81, "/")),
        ("http://[0:0:0:0::1]", Target("http", "::1", 80, "/")),
        ("http://[::FFFF:127.0.0.1]/", Target("http", "127.0.0.1", 80, "/")),
        ("http://[::ffff:7f00:1]/", Target("http", "127.0.0.1", 80, "/")),
    ],
)
def test_a_url_is_read_into_its_one_spelling(url: str, target: Target) -> None:
    assert Target.parse(url) == target


@pytest.mark.parametrize(
    "url",
    [
        "", "/", "//example.com/", "example.com", "https:example.com", "https:/example.com", "https://", "https:///x",
        "https://:443", "https://example.com:", "https://example.com:0", "https://example.com:65536",
        "https://example.com:+1", "https://example.com:\u0661", "https://a:1:2", "https://.example.com", "https://a..b",
        "https://a.b..", "https://-a.b", "https://a-.b", "https://a,b", "https://a%2eb", "https://%31.example",
        "https://a b/", "https://a\tb/", "https://a\nb/", "https://a/\r\nHost: b", "https://a\\@b/", "https://a/b\\c",
        "https://a\x00b/", "https://a\u0085b/", "https://[::1", "https://::1/", "https://[::1]x/", "https://[fe80::1%25e]/",
        "https://[v1.x]/", "https://[]/", "https://a\u2044b/", "https://a\uff0fb/", "https://a\uff20b/", "https://\ud800/",
        "https://" + "a" * 64 + ".b", "https://" + "a." * 127 + "b", " https://a/", "https://a/ ", "https://*.a/",
    ],
)  # fmt: skip
def test_what_could_be_read_otherwise_is_invalid(url: str) -> None:
    assert refused(url) == "invalid"


@pytest.mark.parametrize("url", ["file:///etc/passwd", "ftp://a/", "javascript:alert(1)", "gopher://a:70/_", "ws://a/"])
def test_other_schemes_are_not_allowed(url: str) -> None:
    assert refused(url) == "not_allowed"


@pytest.mark.parametrize(
    "url", ["http://a@b", "http://a:b@c/", "http://allowed.example@127.0.0.1/", "http://@a/", "http://a:80@b:81/"]
)
def test_credentials_are_not_allowed(url: str) -> None:
    assert refused(url) == "not_allowed"


@pytest.mark.parametrize(
    "host",
    [
        "2130706433", "0x7f000001", "017700000001", "0177.0.0.1", "0x7f.1", "127.1", "127.0.1", "127.0.0.0x1", "0",
        "0x", "00127.0.0.1", "127.0.0.01", "1.1.1.1.1", "256.0.0.1", "127.0.0.1.1", "2130706433.", "a.1", "a.0x1f",
        "\uff12\uff11\uff13\uff10\uff17\uff10\uff16\uff14\uff13\uff13", "\uff10\uff1877.0.0.1", "0X7F.0.0.1",
    ],
)  # fmt: skip
def test_addresses_in_disguise_are_not_allowed(host: str) -> None:
    assert refused(f"http://{host}/") == "not_allowed"


def test_a_url_over_the_limit_is_too_large() -> None:
    longest = "https://a/" + "x" * (MOST_URL_BYTES - 10)
    assert Target.parse(longest).host == "a"
    assert refused(longest + "x") == "too_large"


def test_bytes_count_not_characters() -> None:
    assert refused("https://a/" + "\u00fc" * (MOST_URL_BYTES // 2)) == "too_large"


part = st.one_of(
    st.integers(0, 255).map(str), st.integers(0, 255).map(hex), st.integers(0, 255).map(lambda n: f"0{n:o}")
)
whole = st.one_of(
    st.integers(0, 2**32 - 1).map(str),
    st.integers(0, 2**32 - 1).map(hex),
    st.integers(0, 2**32 - 1).map(lambda n: f"0{n:o}"),
    st.integers(0, 2**24 - 1).map(lambda n: f"127.{n}"),
    st.integers(0, 2**16 - 1).map(lambda n: f"0x7f.0.{n:#x}"),
    st.lists(part, min_size=1, max_size=4).map(".".join),
)
spelt = st.tuples(whole, st.sampled_from(["", "."]), st.booleans()).map(
    lambda made: (made[0].upper() if made[2] else made[0]) + made[1]
)


@given(spelt)
def test_every_spelling_of_an_address_is_refused_but_its_own(host: str) -> None:
    canonical = re.fullmatch(r"(\d+\.){3}\d+", host.removesuffix(".")) and not re.search(r"\b0\d", host)
    if canonical:
        assert Target.parse(f"http://{host}/").host == socket.inet_ntoa(socket.inet_aton(host.removesuffix(".")))
    else:
        assert refused(f"http://{host}/") == "not_allowed"


@given(st.text(alphabet="0123456789.xXaf\uff10\uff11\u3002\u2460\u0660", min_size=1, max_size=16))
def test_no_name_gets_through_that_the_system_takes_for_an_address(host: str) -> None:
    try:
        target = Target.parse(f"http://{host}/")
    except HostcallFailed:
        return
    if not is_ip(target.host):
        with pytest.raises(OSError):  # noqa: PT011 - it has no words
            socket.inet_aton(target.host)


@given(st.text(alphabet="ab1.:/?#@\\[]%\t\n \u00fc\u3002\uff20\uff0f", max_size=20))
def test_what_is_connected_to_is_what_was_checked(rest: str) -> None:
    try:
        target = Target.parse(f"https://{rest}")
    except HostcallFailed:
        return
    url = target.url()
    assert (url.scheme, url.raw_host, url.port) == target.origin
    assert url.user is None
    assert url.fragment == ""
    assert Target.parse(str(url)).origin == target.origin


@given(st.text(max_size=30), st.sampled_from(["https://", "http://", ""]))
def test_any_text_is_read_or_refused(text: str, prefix: str) -> None:
    try:
        target = Target.parse(prefix + text)
    except HostcallFailed:
        return
    assert target.path.isascii()
    assert target.host.isascii()


@pytest.mark.parametrize(
    ("target", "authority"),
    [
        (Target("https", "a.b", 443, "/"), "a.b"),
        (Target("https", "a.b", 80, "/"), "a.b:80"),
        (Target("http", "::1", 80, "/"), "[::1]"),
        (Target("http", "::1", 8080, "/"), "[::1]:8080"),
    ],
)
def test_the_authority_has_the_port_where_it_is_not_the_schemes(target: Target, authority: str) -> None:
    assert target.authority == authority


@pytest.mark.parametrize(
    ("reference", "leads_to"),
    [
        ("/c", "https://a.b/c"),
        ("c?d#e", "https://a.b/x/c?d"),
        ("?d", "https://a.b/x/y?d"),
        ("../c", "https://a.b/c"),
        ("//c.d/e", "https://c.d/e"),
        ("http://c.d:81", "http://c.d:81/"),
    ],
)
def test_a_reference_is_resolved(reference: str, leads_to: str) -> None:
    assert Target.parse("https://a.b/x/y?z").resolve(reference) == Target.parse(leads_to)


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("file:///etc/passwd", "not_allowed"),
        ("//u@c.d/", "not_allowed"),
        ("//0177.0.0.1/", "not_allowed"),
        ("\\\\c.d", "invalid"),
        ("/c\td", "invalid"),
        ("//[::1", "invalid"),
        ("//c\uff0fd/", "invalid"),
        ("x" * (MOST_URL_BYTES + 1), "too_large"),
    ],
)
def test_a_reference_is_judged_as_a_url_is(reference: str, reason: str) -> None:
    with pytest.raises(HostcallFailed) as failure:
        Target.parse("https://a.b/").resolve(reference)
    assert failure.value.reason == reason


@given(st.text(alphabet="ab/:.?#@[]\uff0f", max_size=12))
def test_a_reference_leads_somewhere_or_nowhere(reference: str) -> None:
    assume(reference)
    try:
        target = Target.parse("https://a.b/x").resolve(reference)
    except HostcallFailed:
        return
    assert target.scheme in {"http", "https"}


@pytest.mark.parametrize(
    ("host", "known"), [("127.0.0.1", True), ("::1", True), ("a.b", False), ("a1", False), ("x.0xfg", False)]
)
def test_an_address_is_told_from_a_name(host: str, known: bool) -> None:
    assert is_ip(host) == known
