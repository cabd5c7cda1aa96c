"""Addresses of endpoints, as operators write them."""

import pytest

from proxy.upstream.address import Address


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("127.0.0.1:80", Address("127.0.0.1", 80)),
        ("api.example.com:8080", Address("api.example.com", 8080)),
        ("my_service-1:0", Address("my_service-1", 0)),
        ("[::1]:65535", Address("::1", 65535)),
        ("unix:/run/app.sock", Address(path="/run/app.sock")),
    ],
)
def test_an_address_is_read_and_written_alike(text: str, address: Address) -> None:
    assert Address.parse(text) == address
    assert str(address) == text


def test_spellings_of_one_address_become_one() -> None:
    assert Address.parse("[0:0::1]:80") == Address.parse("[::1]:80")
    assert Address.parse("API.example.com:80") == Address.parse("api.example.com:80")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "host:port"),
        ("localhost", "host:port"),
        (":80", "host:port"),
        ("a:", "not a port"),
        ("a:http", "not a port"),
        ("a:65536", "not a port"),
        ("a:" + "9" * 5000, "not a port"),
        ("a:-1", "not a port"),
        ("a:\u0661", "not a port"),
        ("::1:80", "brackets"),
        ("[::1:80", "brackets"),
        ("[::g]:80", "not an IPv6 address"),
        ("[127.0.0.1]:80", "not an IPv6 address"),
        ("10.0.0.300:80", "not an IPv4 address"),
        ("10.0.1:80", "not an IPv4 address"),
        ("a b:80", "not a host name"),
        ("a/b:80", "not a host name"),
        ("a..b:80", "not a host name"),
        ("-a:80", "not a host name"),
        ("a" * 64 + ":80", "not a host name"),
        ("a." * 127 + "a:80", "not a host name"),
        ("http://a:80", "brackets"),
        ("unix:run/app.sock", "absolute path"),
        ("unix:", "absolute path"),
        ("unix:/a\0b", "absolute path"),
        ("unix:/" + "a" * 107, "at most 107 bytes"),
    ],
)
def test_a_malformed_address_is_refused_in_words_for_the_operator(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        Address.parse(text)


@pytest.mark.parametrize(
    ("text", "is_ip"), [("127.0.0.1:1", True), ("[::1]:1", True), ("a.test:1", False), ("unix:/a", False)]
)
def test_a_literal_ip_is_told_from_a_name(text: str, is_ip: bool) -> None:
    assert Address.parse(text).is_ip is is_ip
