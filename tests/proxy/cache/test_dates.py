"""HTTP dates: three formats, nothing else."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.received import NOW

from proxy.cache.dates import format_date, parse_date

AUGUST_2050 = 2_544_400_878


@pytest.mark.parametrize(
    "value",
    [
        b"Thu, 18 Aug 2050 02:01:18 GMT",
        b"Thursday, 18-Aug-50 02:01:18 GMT",
        b"Thu Aug 18 02:01:18 2050",
        b"THU, 18 aug 2050 02:01:18 gmt",
        b"Mon, 18 Aug 2050 02:01:18 GMT",
    ],
    ids=["IMF-fixdate", "RFC 850", "asctime", "any case", "wrong day of the week"],
)
def test_each_of_the_three_formats_is_read(value: bytes) -> None:
    assert parse_date(value, NOW) == AUGUST_2050


def test_asctime_pads_the_day_with_a_space() -> None:
    assert parse_date(b"Sun Nov  6 08:49:37 1994", NOW) == 784_111_777


def test_a_leap_second_is_the_next_minute() -> None:
    assert parse_date(b"Sat, 31 Dec 2016 23:59:60 GMT", NOW) == parse_date(b"Sun, 01 Jan 2017 00:00:00 GMT", NOW)


@pytest.mark.parametrize(
    "value",
    [
        b"",
        b"0",
        b"-1",
        b"1700000000",
        b"Thu, 18 Aug 2050 02:01:18 UTC",
        b"Thu, 18 Aug 2050 02:01:18 +0000",
        b"Thu, 18 Aug 2050 02:01:18",
        b"Thu, 18 Aug 50 02:01:18 GMT",
        b"Thu 18 Aug 2050 02:01:18 GMT",
        b"Thu, 18  Aug 2050 02:01:18 GMT",
        b"Thu, 18-Aug-2050 02:01:18 GMT",
        b"Thursday, 18-Aug-2050 02:01:18 GMT",
        b"Thu, 18 Aug 2050 02.01.18 GMT",
        b"Thu, 18 Aug 2050 2:01:18 GMT",
        b"Thu, 8 Aug 2050 02:01:18 GMT",
        b"Thu, 18 August 2050 02:01:18 GMT",
        b"Thu, 31 Feb 2050 02:01:18 GMT",
        b"Thu, 00 Feb 2050 02:01:18 GMT",
        b"Thu, 18 Aug 0000 02:01:18 GMT",
        b"Thu, 18 Aug 2050 24:00:00 GMT",
        b"Thu, 18 Aug 2050 02:60:00 GMT",
        b"Thu, 18 Aug 2050 02:01:61 GMT",
        b"Thu, 18 Aug 2050 02:01:18 GMT\n",
        b"Thu, 18 Aug 2050 02:01:18 GMT, Thu, 18 Aug 2050 02:01:19 GMT",
        "Thu, ١٨ Aug 2050 02:01:18 GMT".encode(),
    ],
)
def test_anything_else_is_no_date(value: bytes) -> None:
    assert parse_date(value, NOW) is None


@pytest.mark.parametrize(
    ("digits", "year"),
    [(b"23", 2023), (b"73", 2073), (b"74", 1974), (b"99", 1999), (b"00", 2000)],
)
def test_a_year_of_two_digits_is_at_most_fifty_years_ahead(digits: bytes, year: int) -> None:
    short = parse_date(b"Monday, 01-Jan-%b 00:00:00 GMT" % digits, NOW)
    assert short == parse_date(b"Mon, 01 Jan %d 00:00:00 GMT" % year, NOW)


def test_a_year_of_two_digits_may_lie_in_the_next_century() -> None:
    late_in_this_one = 4_000_000_000.0  # 2096
    short = parse_date(b"Monday, 01-Jan-10 00:00:00 GMT", late_in_this_one)
    assert short == parse_date(b"Mon, 01 Jan 2110 00:00:00 GMT", late_in_this_one)


@given(st.integers(0, 253_402_300_799))
def test_what_is_written_is_read_again(seconds: int) -> None:
    assert parse_date(format_date(seconds), NOW) == seconds


@given(st.binary(max_size=60))
def test_no_bytes_raise(value: bytes) -> None:
    assert parse_date(value, NOW) is None
