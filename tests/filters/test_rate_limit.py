"""The rate_limit filter."""

from collections.abc import Iterator
from typing import Any

import pytest
from kit import FakeClock
from kit.exchanges import make_exchange, make_filter, make_response, reason, run

from filters.rate_limit import RateLimitFilter, client_network
from proxy.messages import Response


@pytest.fixture
def clock() -> Iterator[FakeClock]:
    with FakeClock() as clock:
        yield clock


def ask(it: RateLimitFilter, fields: list[tuple[str, str]] | None = None, **exchange: Any) -> Response | None:
    return it.on_request(make_exchange(fields=fields or [], **exchange))


def test_a_burst_is_let_in_and_the_next_refused(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/s", burst=3)
    assert [ask(it) is None for _ in range(5)] == [True, True, True, False, False]


def test_the_burst_is_the_rate_s_number_by_default(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="5/m")
    assert sum(ask(it) is None for _ in range(20)) == 5


def test_units_come_back_with_time(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="2/s", burst=1)
    assert ask(it) is None
    clock.advance(0.49)
    assert ask(it) is not None
    clock.advance(0.02)
    assert ask(it) is None


@pytest.mark.parametrize(("rate", "wait"), [("1/s", "1"), ("100/s", "1"), ("2/m", "30"), ("1/h", "3600")])
def test_a_refusal_says_when_to_come_again(clock: FakeClock, rate: str, wait: str) -> None:
    it = make_filter(RateLimitFilter, rate=rate, burst=1)
    ask(it)
    exchange = make_exchange()
    answer = it.on_request(exchange)
    assert (answer.status, answer.headers["Retry-After"], reason(exchange)) == (429, wait, "rate_limited")


def test_whoever_waits_for_retry_after_is_let_in(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="7/m", burst=1)
    ask(it)
    answer = ask(it)
    assert answer is not None
    clock.advance(int(answer.headers["Retry-After"]))
    assert ask(it) is None


async def test_answers_say_where_the_client_stands(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, name="api", rate="60/m", burst=2)
    told = []
    for _ in range(3):
        final = await run(make_exchange(), make_response(), it)
        told.append((final.status, final.headers["RateLimit"]))
        assert final.headers["RateLimit-Policy"] == '"api";q=2;w=2'
    assert told == [(200, '"api";r=1;t=1'), (200, '"api";r=0;t=1'), (429, '"api";r=0;t=1')]


async def test_two_limits_tell_of_both(clock: FakeClock) -> None:
    minute = make_filter(RateLimitFilter, name="minute", rate="10/m")
    hour = make_filter(RateLimitFilter, name="hour", rate="100/h")
    final = await run(make_exchange(), make_response(), minute, hour)
    assert final.headers.getall("RateLimit-Policy") == ['"hour";q=100;w=3600', '"minute";q=10;w=60']


async def test_one_name_used_twice_keeps_two_counts(clock: FakeClock) -> None:
    wide, narrow = (make_filter(RateLimitFilter, rate=rate) for rate in ("9/s", "3/s"))
    final = await run(make_exchange(), make_response(), wide, narrow)
    assert final.headers.getall("RateLimit") == ['"it";r=2;t=1', '"it";r=8;t=1']


async def test_fields_can_be_left_out(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/s", fields=False)
    await run(make_exchange(), make_response(), it)
    final = await run(make_exchange(), make_response(), it)
    assert final.status == 429
    assert "Retry-After" in final.headers
    assert "RateLimit" not in final.headers


async def test_a_name_is_quoted(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, name='a"b\\é', rate="1/s")
    final = await run(make_exchange(), make_response(), it)
    assert final.headers["RateLimit-Policy"].startswith('"a\\"b\\\\?";q=1')


def test_clients_are_counted_apart(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/m")
    assert ask(it, client="192.0.2.1") is None
    assert ask(it, client="192.0.2.2") is None
    assert ask(it, client="192.0.2.1") is not None


def test_a_route_is_counted_as_one(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/m", key="route")
    assert ask(it, client="192.0.2.1", route="a") is None
    assert ask(it, client="192.0.2.2", route="a") is not None
    assert ask(it, client="192.0.2.2", route="b") is None


@pytest.mark.parametrize(
    ("key", "one", "other"),
    [
        ({"header": "X-Key"}, [("x-key", "1")], [("x-key", "2")]),
        ({"cookie": "sid"}, [("Cookie", "a=b; sid=1")], [("Cookie", "a=b; sid=2")]),
    ],
)
def test_values_are_counted_apart(
    clock: FakeClock, key: dict[str, str], one: list[tuple[str, str]], other: list[tuple[str, str]]
) -> None:
    it = make_filter(RateLimitFilter, rate="1/m", key=key)
    assert ask(it, one) is None
    assert ask(it, other) is None
    assert ask(it, one, client="192.0.2.99") is not None


def test_a_request_without_the_value_is_counted_by_its_client(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/m", key={"header": "X-Key"})
    assert ask(it) is None
    assert ask(it) is not None
    assert ask(it, client="192.0.2.2") is None


def test_a_header_cannot_speak_for_an_address(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/m", key={"header": "X-Key"})
    assert ask(it, [("X-Key", "192.0.2.1")], client="192.0.2.7") is None
    assert ask(it, client="192.0.2.1") is None


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("192.0.2.1", "192.0.2.1", True),
        ("192.0.2.1", "192.0.2.2", False),
        ("2001:db8:0:1::1", "2001:db8:0:1:ffff::2", True),
        ("2001:db8:0:1::1", "2001:db8:0:2::1", False),
        ("::ffff:192.0.2.1", "192.0.2.1", True),
        ("fe80::1%eth0", "fe80::2%eth1", True),
        ("not:an:address", "not:an:address", True),
    ],
)
def test_a_client_is_an_ipv4_address_or_an_ipv6_network(one: str, other: str, same: bool) -> None:
    assert (client_network(one) == client_network(other)) is same


def test_the_table_is_bounded(clock: FakeClock) -> None:
    it = make_filter(RateLimitFilter, rate="1/h", max_keys=100)
    for number in range(1000):
        ask(it, client=f"10.0.{number // 256}.{number % 256}")
    assert len(it._due_ns) <= 200


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({}, "rate"),
        ({"rate": "5"}, "not a rate; write 5/s"),
        ({"rate": "0/s"}, "not a rate"),
        ({"rate": "5/d"}, "not a rate"),
        ({"rate": "5/s", "burst": 0}, "burst"),
        ({"rate": "5/s", "key": "ip"}, "client_ip"),
        ({"rate": "5/s", "key": {}}, "either `header` or `cookie`"),
        ({"rate": "5/s", "key": {"header": "a", "cookie": "b"}}, "either `header` or `cookie`"),
        ({"rate": "5/s", "key": {"header": "Host"}}, "Host"),
    ],
)
def test_wrong_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make_filter(RateLimitFilter, **options)
