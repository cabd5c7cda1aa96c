"""The list of hosts: names, all below a name, ports, and addresses spelt out."""

import pytest

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.hosts import AllowList, HostPattern
from wasm_host.functions.network.target import Target


def allows(pattern: str, url: str, *, plain: bool = True) -> bool:
    try:
        AllowList([pattern], plain=plain).check(Target.parse(url))
    except HostcallFailed as failure:
        return failure.reason != "not_allowed"
    return True


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://api.example.com/x"),
        ("api.example.com", "https://API.Example.COM./x"),
        ("API.example.com.", "https://api.example.com/x"),
        ("api.example.com", "http://api.example.com/"),
        ("api.example.com", "https://api.example.com:443/"),
        ("api.example.com:8443", "https://api.example.com:8443/"),
        ("*.example.com", "https://a.example.com/"),
        ("*.example.com", "https://a.b.example.com/"),
        ("*.example.com:81", "http://a.example.com:81/"),
        ("b\u00fccher.example", "https://xn--bcher-kva.example/"),
        ("xn--bcher-kva.example", "https://B\u00dcCHER.example/"),
        ("127.0.0.1:81", "http://127.0.0.1:81/"),
        ("127.0.0.1", "http://[::ffff:127.0.0.1]/"),
        ("[::1]:81", "http://[0::1]:81/"),
    ],
)
def test_what_the_pattern_names_is_allowed(pattern: str, url: str) -> None:
    assert allows(pattern, url)


@pytest.mark.parametrize(
    ("pattern", "url"),
    [
        ("api.example.com", "https://example.com/"),
        ("api.example.com", "https://x.api.example.com/"),
        ("api.example.com", "https://api.example.com.evil.test/"),
        ("api.example.com", "https://api-example.com/"),
        ("api.example.com", "https://api.example.com:8443/"),
        ("api.example.com", "http://api.example.com:443/"),
        ("api.example.com:8443", "https://api.example.com/"),
        ("*.example.com", "https://example.com/"),
        ("*.example.com", "https://evilexample.com/"),
        ("*.example.com", "https://127.0.0.1/"),
        ("api.example.com", "https://[::1]/"),
    ],
)
def test_what_it_does_not_name_is_not(pattern: str, url: str) -> None:
    assert not allows(pattern, url)


def test_plain_http_must_be_allowed_apart() -> None:
    assert not allows("a.b", "http://a.b/", plain=False)
    assert allows("a.b", "https://a.b/", plain=False)


def test_an_empty_list_allows_nothing() -> None:
    with pytest.raises(HostcallFailed, match="not among the hosts"):
        AllowList([]).check(Target.parse("https://a.b/"))


@pytest.mark.parametrize(
    "pattern",
    ["", "*", "*.", "a.*.b", "*a.b", "https://a.b", "a.b/", "a b", "u@a.b", "a:0", "a:x", "::1", "*.0.0.1", "*.[::1]",
     "0x7f.1", "2130706433"],
)  # fmt: skip
def test_what_is_no_pattern_is_a_value_error(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"host|address"):
        HostPattern.parse(pattern)
