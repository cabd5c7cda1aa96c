"""The ip_acl filter."""

from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange, make_filter, reason

from filters.ip_acl import IpAclFilter, parse_network
from proxy.local_answer import ErrorPage

OFFICE = [{"deny": "10.0.0.66"}, {"allow": ["10.0.0.0/8", "2001:db8::/32"]}]


def lets_in(address: str, rules: list[dict[str, Any]], **options: Any) -> bool:
    return make_filter(IpAclFilter, rules=rules, **options).on_request(make_exchange(client=address)) is None


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("10.1.2.3", True),
        ("10.0.0.66", False),
        ("192.0.2.1", False),
        ("2001:db8::1", True),
        ("2001:db9::1", False),
        ("::ffff:10.1.2.3", True),
        ("::ffff:10.0.0.66", False),
    ],
)
def test_the_first_rule_that_holds_the_address_decides(address: str, expected: bool) -> None:
    assert lets_in(address, OFFICE) is expected


def test_a_later_rule_cannot_take_back_an_earlier_one() -> None:
    assert lets_in("10.0.0.66", OFFICE[::-1])


@pytest.mark.parametrize(("default", "expected"), [("allow", True), ("deny", False)])
def test_the_default_decides_about_the_rest(default: str, expected: bool) -> None:
    assert lets_in("192.0.2.1", OFFICE, default=default) is expected


@pytest.mark.parametrize("address", ["", "unix:"])
def test_a_peer_without_an_address_gets_the_default(address: str) -> None:
    assert not lets_in(address, [{"allow": "0.0.0.0/0"}])
    assert lets_in(address, [{"deny": "0.0.0.0/0"}], default="allow")


def test_a_mapped_network_is_its_ipv4_network() -> None:
    assert lets_in("10.1.2.3", [{"allow": "::ffff:10.0.0.0/104"}])


def test_everybody_of_ipv6_is_not_everybody_of_ipv4() -> None:
    assert not lets_in("10.1.2.3", [{"allow": "::/0"}])


@given(st.ip_addresses(v=4), st.ip_addresses(v=4), st.integers(0, 32), st.booleans())
def test_it_agrees_with_ipaddress(address: Any, network: Any, length: int, mapped: bool) -> None:
    block = ip_network((network, length), strict=False)
    text = f"::ffff:{address}" if mapped else str(address)
    assert lets_in(text, [{"allow": str(block)}]) is (address in block)


def test_refusal_is_403_with_its_reason() -> None:
    exchange = make_exchange(client="10.0.0.66")
    answer = make_filter(IpAclFilter, rules=OFFICE).on_request(exchange)
    assert (answer.status, reason(exchange), exchange.decisions[-1].detail) == (403, "denied", "10.0.0.66/32")


def test_refusal_wears_the_route_s_error_page() -> None:
    exchange = make_exchange(error_pages={403: ErrorPage(b"members only")})
    assert make_filter(IpAclFilter, rules=OFFICE).on_request(exchange).body == b"members only"


def test_the_memory_of_verdicts_is_bounded() -> None:
    it = make_filter(IpAclFilter, rules=OFFICE)
    for number in range(5000):
        it.on_request(make_exchange(client=str(ip_address(number))))
    assert len(it._verdicts) <= 4096


@pytest.mark.parametrize(
    ("rules", "message"),
    [
        ([], "at least 1"),
        ([{}], "either `allow` or `deny`"),
        ([{"allow": []}], "either `allow` or `deny`"),
        ([{"allow": "10.0.0.1", "deny": "10.0.0.2"}], "either `allow` or `deny`"),
        ([{"allow": "10.0.0.1/8"}], "host bits set"),
        ([{"allow": "example.test"}], "not a network"),
        ([{"alow": "10.0.0.0/8"}], "alow"),
    ],
)
def test_wrong_rules_are_refused(rules: list[dict[str, Any]], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(IpAclFilter, rules=rules)


def test_parse_network_takes_one_address() -> None:
    assert str(parse_network("2001:db8::1")) == "2001:db8::1/128"
