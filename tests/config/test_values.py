"""The scalar types: what they accept, and what they say of the rest."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from config import values

JUNK = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), st.text(), st.lists(st.text(), max_size=2))
PARSERS = [
    values.parse_timeout,
    values.parse_percent,
    values.parse_byte_rate,
    values.parse_address,
    values.parse_endpoint_address,
    values.parse_network,
    values.parse_host,
    values.parse_method,
    values.parse_field_name,
    values.parse_cookie_name,
    values.parse_name,
    values.parse_regex,
    values.parse_text,
]


@pytest.mark.parametrize(
    ("parse", "written", "read"),
    [
        (values.parse_timeout, "250ms", 0.25),
        (values.parse_timeout, "10s", 10.0),
        (values.parse_timeout, "1.5m", 90.0),
        (values.parse_timeout, "1h", 3600.0),
        (values.parse_size, "512B", 512),
        (values.parse_size, "1KiB", 1024),
        (values.parse_size, "10MiB", 10 * 1024**2),
        (values.parse_size, 7, 7),
        (values.parse_percent, "10%", 0.1),
        (values.parse_percent, "0%", 0.0),
        (values.parse_percent, "12.5%", 0.125),
        (values.parse_byte_rate, "500B/s", 500),
        (values.parse_byte_rate, "1KiB", 1024),
        (values.parse_byte_rate, 0, 0),
        (values.parse_address, "localhost:80", "localhost:80"),
        (values.parse_address, "[::1]:8443", "[::1]:8443"),
        (values.parse_address, "127.0.0.1:0", "127.0.0.1:0"),
        (values.parse_address, "unix:/run/x.sock", "unix:/run/x.sock"),
        (values.parse_network, "10.0.0.0/8", ip_network("10.0.0.0/8")),
        (values.parse_network, "10.1.2.3", ip_network("10.1.2.3/32")),
        (values.parse_network, "2001:db8::/32", ip_network("2001:db8::/32")),
        (values.parse_host, "API.Example.com", "api.example.com"),
        (values.parse_host, "*.example.org", "*.example.org"),
        (values.parse_host, "[::1]", "[::1]"),
        (values.parse_method, "PROPFIND2", "PROPFIND2"),
        (values.parse_field_name, "X-User", "x-user"),
        (values.parse_cookie_name, "Currency", "Currency"),
        (values.parse_name, "api-v2.eu", "api-v2.eu"),
        (values.parse_regex, "^/u/[0-9]+$", "^/u/[0-9]+$"),
        (values.parse_text, "", ""),
    ],
)
def test_a_value_is_read(parse: Callable[[object], object], written: object, read: object) -> None:
    assert parse(written) == read


@pytest.mark.parametrize(
    ("parse", "written", "says"),
    [
        (values.parse_timeout, "10 sec", "'10 sec' is not a duration; write 250ms, 10s, 5m or 1h"),
        (values.parse_timeout, 10, "10 is not a duration; write 250ms, 10s, 5m or 1h"),
        (values.parse_timeout, True, "True is not a duration; write 250ms, 10s, 5m or 1h"),
        (values.parse_timeout, "0s", "'0s' is no time at all; it must be above zero"),
        (values.parse_cookie_name, "a b", "'a b' is not the name of a cookie"),
        (values.parse_percent, 0.1, "0.1 is not a share; write 10%, at most 100%"),
        (values.parse_percent, "101%", "'101%' is not a share; write 10%, at most 100%"),
        (values.parse_byte_rate, "5/s", "'5/s' is not a rate; write 500B/s, 1KiB/s, or 0 for none"),
        (values.parse_address, 8080, "8080 is not an address; write host:port, [v6]:port or unix:/path"),
        (values.parse_endpoint_address, "a:0", "'a:0' is not an address to connect to: its port is 0"),
        (values.parse_network, "10.0.0.1/8", "'10.0.0.1/8' has host bits set; did you mean '10.0.0.0/8'?"),
        (values.parse_network, "ten", "'ten' is not a network; write 10.0.0.0/8 or 2001:db8::/32"),
        (values.parse_network, 10, "10 is not a network; write 10.0.0.0/8 or 2001:db8::/32"),
        (values.parse_host, "*", "'*' is every host; leave `hosts` out for that"),
        (values.parse_method, "get", "'get' is not a method; did you mean 'GET'?"),
        (values.parse_method, "G E T", "'G E T' is not a method"),
        (values.parse_field_name, "x y", "'x y' is not the name of a header field"),
        (values.parse_name, "a b", "'a b' is not a name; use letters, digits, '_', '-' and '.', at most 64"),
        (
            values.parse_regex,
            "(",
            "'(' is not a regular expression: missing ), unterminated subpattern at position 0",
        ),
        (values.parse_text, 1.1, "1.1 is not text; put it in quotes"),
    ],
)
def test_a_wrong_value_is_told_what_to_write(parse: Callable[[object], object], written: object, says: str) -> None:
    with pytest.raises(ValueError) as caught:  # noqa: PT011 - the whole text is compared
        parse(written)
    assert str(caught.value) == says


@pytest.mark.parametrize("parse", PARSERS)
@given(value=JUNK)
def test_junk_is_a_value_error_or_read(parse: Callable[[object], object], value: object) -> None:
    try:
        parse(value)
    except ValueError:
        return
