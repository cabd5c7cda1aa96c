"""What is found, and what it is to who has to serve."""

from __future__ import annotations

from config.findings import Finding, error_by_date, warning


def test_a_finding_is_an_error_unless_it_is_a_warning() -> None:
    assert Finding("it is broken").is_error
    assert error_by_date("it is old").is_error
    assert not warning("it grows old").is_error


def test_only_what_the_date_has_made_an_error_is_a_warning_to_who_has_to_serve() -> None:
    assert error_by_date("it is old").to_serve() == warning("it is old")
    assert Finding("it is broken").to_serve() == Finding("it is broken")
    assert warning("it grows old").to_serve() == warning("it grows old")
