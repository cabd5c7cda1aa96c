"""The scalar types of the configuration: durations, sizes, rates, addresses, networks, names and patterns.

Each is an Annotated type whose parser raises ValueError with a message that says what to write instead.
"""

from __future__ import annotations

import ipaddress
import re
import warnings
from ipaddress import IPv4Network, IPv6Network
from typing import Annotated, Final, Literal, TypeAlias

from pydantic import BeforeValidator, WithJsonSchema

from filters.units import Bytes, parse_duration, parse_size
from proxy.match import Match
from proxy.upstream import address as proxy_address

Network: TypeAlias = IPv4Network | IPv6Network

_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}")
_PERCENT = re.compile(r"([0-9]{1,3}(?:\.[0-9]{1,6})?)%")
_TOKEN = re.compile(r"[!#$%&'*+\-.^_`|~0-9A-Za-z]+")


MOST_WORKERS: Final = 256
"""More is surely a slip: each has a Python of its own."""


def parse_timeout(value: object) -> float:
    """Turn `250ms`, `10s`, `5m` or `1h` into seconds, above zero."""
    seconds = parse_duration(value)
    if not seconds:
        raise ValueError(f"{value!r} is no time at all; it must be above zero")
    return seconds


def parse_percent(value: object) -> float:
    """Turn `10%` into a fraction."""
    found = _PERCENT.fullmatch(value) if isinstance(value, str) else None
    if found is None or float(found[1]) > 100:
        raise ValueError(f"{value!r} is not a share; write 10%, at most 100%")
    return float(found[1]) / 100


def parse_byte_rate(value: object) -> int:
    """Turn `500B`, `1KiB/s` or a number into bytes a second."""
    try:
        return parse_size(value.removesuffix("/s") if isinstance(value, str) else value)
    except ValueError:
        raise ValueError(f"{value!r} is not a rate; write 500B/s, 1KiB/s, or 0 for none") from None


def parse_address(value: object) -> str:
    """Accept `host:port`, `[v6]:port` and `unix:/path`."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not an address; write host:port, [v6]:port or unix:/path")
    return str(proxy_address.Address.parse(value))


def parse_endpoint_address(value: object) -> str:
    """Accept an address to connect to; its port is not 0."""
    address = parse_address(value)
    if address.endswith(":0") and not address.startswith("unix:"):
        raise ValueError(f"{value!r} is not an address to connect to: its port is 0")
    return address


def parse_workers(value: object) -> int | str:
    """Accept a number of processes, or `auto` for one on each core."""
    if value != "auto" and (not isinstance(value, int) or isinstance(value, bool) or not 1 <= value <= MOST_WORKERS):
        raise ValueError(f"{value!r} is no number of workers; write 1 to {MOST_WORKERS}, or auto")
    return value


def parse_network(value: object) -> Network:
    """Accept a CIDR block or one address; a block with host bits is more likely a slip than a wish."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a network; write 10.0.0.0/8 or 2001:db8::/32")
    try:
        loose = ipaddress.ip_network(value, strict=False)
    except ValueError:
        raise ValueError(f"{value!r} is not a network; write 10.0.0.0/8 or 2001:db8::/32") from None
    if "/" in value and ipaddress.ip_address(value.partition("/")[0]) != loose.network_address:
        raise ValueError(f"{value!r} has host bits set; did you mean '{loose}'?")
    return loose


def parse_host(value: object) -> str:
    """Accept `example.com`, `*.example.com` or `[v6]`, in any case; return the spelling that requests have."""
    if value == "*":
        raise ValueError("'*' is every host; leave `hosts` out for that")
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a host; write example.com or *.example.com")
    return Match(hosts=(value,)).hosts[0]


def parse_method(value: object) -> str:
    """Accept a method; methods are case-sensitive (RFC 9110 §9.1), and lower case is more likely a slip."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise ValueError(f"{value!r} is not a method")
    if value != value.upper():
        raise ValueError(f"{value!r} is not a method; did you mean {value.upper()!r}?")
    return value


def parse_field_name(value: object) -> str:
    """Accept the name of a header field; return it in lower case."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a header field")
    return value.lower()


def parse_cookie_name(value: object) -> str:
    """Accept the name of a cookie, which is a token (RFC 6265 §4.1.1); its case counts."""
    if not isinstance(value, str) or not _TOKEN.fullmatch(value):
        raise ValueError(f"{value!r} is not the name of a cookie")
    return value


def parse_name(value: object) -> str:
    """Accept what may be a metrics label and stand in a path of an error message."""
    if not isinstance(value, str) or not _NAME.fullmatch(value):
        raise ValueError(f"{value!r} is not a name; use letters, digits, '_', '-' and '.', at most 64")
    return value


def parse_regex(value: object) -> str:
    """Accept what compiles, and in no way that Python says it will read otherwise one day."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not a regular expression; put it in quotes")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", FutureWarning)
            re.compile(value)
    except (re.error, RecursionError, OverflowError, FutureWarning) as error:
        raise ValueError(f"{value!r} is not a regular expression: {error}") from None
    return value


def parse_text(value: object) -> str:
    """Accept text; a number lost its spelling when the YAML was read (1.10 is 1.1), so it is refused."""
    if not isinstance(value, str):
        raise ValueError(f"{value!r} is not text; put it in quotes")
    return value


def _text_schema(description: str, example: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "description": description, "examples": [example]})


Duration = Annotated[float, BeforeValidator(parse_timeout), _text_schema("duration: 250ms, 10s, 5m, 1h", "10s")]
Percent = Annotated[float, BeforeValidator(parse_percent), _text_schema("share: 10%", "10%")]
Size = Bytes
ByteRate = Annotated[
    int,
    BeforeValidator(parse_byte_rate),
    WithJsonSchema({"type": ["string", "integer"], "description": "bytes a second: 500B/s, or 0 for none"}),
]
Address = Annotated[
    str, BeforeValidator(parse_address), _text_schema("address: host:port, [v6]:port or unix:/path", "127.0.0.1:8080")
]
EndpointAddress = Annotated[
    str, BeforeValidator(parse_endpoint_address), _text_schema("address: host:port, [v6]:port or unix:/path", "a:80")
]
Workers = Annotated[
    int | Literal["auto"],
    BeforeValidator(parse_workers),
    WithJsonSchema({"anyOf": [{"type": "integer", "minimum": 1, "maximum": MOST_WORKERS}, {"const": "auto"}]}),
]
Cidr = Annotated[Network, BeforeValidator(parse_network), _text_schema("network: 10.0.0.0/8", "10.0.0.0/8")]
Host = Annotated[str, BeforeValidator(parse_host), _text_schema("host: example.com, *.example.com", "example.com")]
Method = Annotated[str, BeforeValidator(parse_method), _text_schema("method", "GET")]
FieldName = Annotated[str, BeforeValidator(parse_field_name), _text_schema("header field", "x-user")]
CookieName = Annotated[str, BeforeValidator(parse_cookie_name), _text_schema("cookie", "currency")]
Name = Annotated[str, BeforeValidator(parse_name), _text_schema("name", "api")]
Regex = Annotated[str, BeforeValidator(parse_regex), _text_schema("regular expression", "^/u/[0-9]+$")]
Text = Annotated[str, BeforeValidator(parse_text), WithJsonSchema({"type": "string"})]
