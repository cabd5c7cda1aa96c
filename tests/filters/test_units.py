"""Durations and sizes."""

import pytest

from filters.units import parse_duration, parse_size


@pytest.mark.parametrize(("text", "seconds"), [("250ms", 0.25), ("10s", 10), ("1.5m", 90), ("2h", 7200), (0, 0)])
def test_duration_is_read_in_seconds(text: object, seconds: float) -> None:
    assert parse_duration(text) == pytest.approx(seconds)


@pytest.mark.parametrize("value", ["10", "10 s", "-1s", "1d", "s", "", 10, True, False, None, 1.5])
def test_what_is_no_duration_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a duration"):
        parse_duration(value)


@pytest.mark.parametrize(
    ("text", "size"), [("512B", 512), ("1KiB", 1024), ("10MiB", 10 << 20), ("1GiB", 1 << 30), (7, 7)]
)
def test_size_is_read_in_bytes(text: object, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize("value", ["1KB", "1.5MiB", "KiB", -1, True, None, 1.0])
def test_what_is_no_size_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="not a size"):
        parse_size(value)
