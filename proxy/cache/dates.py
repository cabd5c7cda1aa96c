"""HTTP dates (RFC 9110 §5.6.7): strict about everything but case, for what is not a date makes a response stale."""

from __future__ import annotations

import re
from datetime import date
from email.utils import formatdate
from typing import Final

_MONTHS: Final = dict(zip(b"jan feb mar apr may jun jul aug sep oct nov dec".split(), range(1, 13), strict=True))
_MONTH = rb"(?P<month>%b)" % b"|".join(_MONTHS)
_DAY_NAME = rb"(?:mon|tue|wed|thu|fri|sat|sun)"
_LONG_DAY_NAME = rb"(?:monday|tuesday|wednesday|thursday|friday|saturday|sunday)"
_TIME = rb"(?P<hour>[01]\d|2[0-3]):(?P<minute>[0-5]\d):(?P<second>[0-5]\d|60)"
_FORMATS: Final = tuple(
    re.compile(pattern + rb"\Z", re.IGNORECASE)
    for pattern in (
        _DAY_NAME + rb", (?P<day>\d\d) " + _MONTH + rb" (?P<year>\d{4}) " + _TIME + rb" GMT",
        _LONG_DAY_NAME + rb", (?P<day>\d\d)-" + _MONTH + rb"-(?P<year>\d\d) " + _TIME + rb" GMT",
        _DAY_NAME + rb" " + _MONTH + rb" (?P<day>\d\d| \d) " + _TIME + rb" (?P<year>\d{4})",
    )
)
_EPOCH_DAY: Final = date(1970, 1, 1).toordinal()
_DAY_S: Final = 86_400
_FAR_YEARS: Final = 50


def parse_date(value: bytes, now: float) -> int | None:
    """Return a date in any of the three formats as seconds since 1970, or None; `now` settles a year of two digits.

    The name of the day is not compared with the date: origins that get it wrong mean the date.
    """
    for pattern in _FORMATS:
        found = pattern.match(value)
        if found is not None:
            year = int(found["year"])
            if len(found["year"]) == 2:
                year = _whole_year(year, now)
            return _seconds(year, found)
    return None


def _seconds(year: int, found: re.Match[bytes]) -> int | None:
    try:
        day = date(year, _MONTHS[found["month"].lower()], int(found["day"]))
    except ValueError:  # the 31st of February
        return None
    of_day = int(found["hour"]) * 3_600 + int(found["minute"]) * 60 + int(found["second"])
    return (day.toordinal() - _EPOCH_DAY) * _DAY_S + of_day


def _whole_year(year: int, now: float) -> int:
    """A year that seems over fifty years ahead is the latest past one that ends so (RFC 9110 §5.6.7)."""
    this_year = date.fromordinal(_EPOCH_DAY + int(now // _DAY_S)).year
    whole = this_year - this_year % 100 + year
    if whole > this_year + _FAR_YEARS:
        return whole - 100
    if whole <= this_year - _FAR_YEARS:
        return whole + 100
    return whole


def format_date(seconds: float) -> bytes:
    """Write a time in the one format that may still be sent."""
    return formatdate(seconds, usegmt=True).encode("ascii")
