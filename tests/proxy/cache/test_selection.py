"""What of a stored response answers a request with conditions or a range."""

import pytest
from kit.received import asking, dated, kept

from proxy.cache.ranges import Part
from proxy.cache.selection import (
    Failed,
    NotModified,
    Parts,
    Selection,
    Unsatisfiable,
    Whole,
    selected_part,
)

PAGE = ("Cache-Control: max-age=60", 'ETag: "a"', dated("Last-Modified", -100), dated("Date", 0))
WEAK = ("Cache-Control: max-age=60", 'ETag: W/"a"', dated("Date", 0))
BARE = ("Cache-Control: max-age=60", dated("Date", 0))


def part_of(response: tuple[str, ...], *lines: str, status: int = 200, method: str = "GET") -> Selection:
    """Return what of a response with ten bytes answers a request with these fields."""
    return selected_part(kept(*response, status=status), 10, asking(*lines, method=method))


def test_a_request_without_conditions_is_given_the_whole() -> None:
    assert part_of(PAGE) == part_of(PAGE, "Cache-Control: max-age=5") == Whole()


# -- If-None-Match, If-Modified-Since (RFC 9110 §13.1.2, §13.1.3)


@pytest.mark.parametrize("value", ['"a"', 'W/"a"', '"b", "a", "c"', '"b","a"', "*"])
@pytest.mark.parametrize("response", [PAGE, WEAK])
def test_a_client_that_has_it_is_told_so(value: str, response: tuple[str, ...]) -> None:
    assert part_of(response, f"If-None-Match: {value}") == NotModified()
    assert part_of(response, f"If-None-Match: {value}", method="HEAD") == NotModified()


@pytest.mark.parametrize("value", ['"b"', "a", '"a', ""])
def test_a_client_that_has_another_is_given_the_whole(value: str) -> None:
    assert part_of(PAGE, f"If-None-Match: {value}") == Whole()


def test_entity_tags_without_quotes_compare_as_they_are() -> None:
    assert part_of((*BARE, "ETag: a"), "If-None-Match: a") == NotModified()


def test_without_an_entity_tag_only_a_star_matches() -> None:
    assert part_of(BARE, 'If-None-Match: "a"') == Whole()
    assert part_of(BARE, "If-None-Match: *") == NotModified()


@pytest.mark.parametrize(
    ("offset_s", "expected"), [(-101, Whole()), (-100, NotModified()), (-50, NotModified()), (50, NotModified())]
)
def test_a_date_counts_from_that_of_the_last_change(offset_s: float, expected: Selection) -> None:
    assert part_of(PAGE, dated("If-Modified-Since", offset_s)) == expected


def test_date_stands_in_for_last_modified() -> None:
    assert part_of(BARE, dated("If-Modified-Since", 0)) == NotModified()
    assert part_of(BARE, dated("If-Modified-Since", -1)) == Whole()


def test_what_is_no_date_is_no_condition() -> None:
    assert part_of(PAGE, "If-Modified-Since: now") == Whole()
    assert part_of((*BARE, "Last-Modified: then"), dated("If-Modified-Since", 50)) == Whole()


def test_the_entity_tag_outweighs_the_date() -> None:
    assert part_of(PAGE, 'If-None-Match: "b"', dated("If-Modified-Since", 50)) == Whole()
    assert part_of(PAGE, 'If-None-Match: "a"', dated("If-Modified-Since", -500)) == NotModified()


# -- If-Match, If-Unmodified-Since (§13.1.1, §13.1.4)


@pytest.mark.parametrize("value", ['"a"', '"b", "a"', "*"])
def test_a_client_that_wants_this_one_gets_it(value: str) -> None:
    assert part_of(PAGE, f"If-Match: {value}") == Whole()


@pytest.mark.parametrize("value", ['"b"', 'W/"a"', "a"])
def test_a_client_that_wants_another_is_refused(value: str) -> None:
    assert part_of(PAGE, f"If-Match: {value}") == Failed()


def test_a_weak_entity_tag_is_no_match() -> None:
    assert part_of(WEAK, 'If-Match: W/"a"') == Failed()


def test_a_change_since_the_date_is_a_failure() -> None:
    assert part_of(PAGE, dated("If-Unmodified-Since", -101)) == Failed()
    assert part_of(PAGE, dated("If-Unmodified-Since", -100)) == Whole()
    assert part_of(PAGE, "If-Unmodified-Since: now") == Whole()


def test_preconditions_come_in_the_order_of_section_13_2_2() -> None:
    assert part_of(PAGE, 'If-Match: "b"', 'If-None-Match: "a"') == Failed()
    assert part_of(PAGE, 'If-Match: "a"', dated("If-Unmodified-Since", -500)) == Whole()
    assert part_of(PAGE, 'If-None-Match: "a"', "Range: bytes=0-1") == NotModified()
    assert part_of(PAGE, 'If-None-Match: "b"', "Range: bytes=0-1") == Part(0, 1)


@pytest.mark.parametrize("status", [301, 404, 500])
def test_an_answer_that_is_no_success_is_given_whatever_the_conditions(status: int) -> None:
    lines = ['If-None-Match: "a"', 'If-Match: "b"', "Range: bytes=0-1"]
    assert part_of(PAGE, *lines, status=status) == Whole()


# -- Range, If-Range (§14.2, §13.1.5)


def test_a_part_of_what_is_stored_is_given() -> None:
    assert part_of(PAGE, "Range: bytes=0-1") == Part(0, 1)
    assert part_of(PAGE, "Range: bytes=0-1,-1") == Parts((Part(0, 1), Part(9, 9)))
    assert part_of(PAGE, "Range: bytes=0-") == Part(0, 9)


def test_a_part_behind_the_end_is_unsatisfiable() -> None:
    selection = part_of(PAGE, "Range: bytes=10-")
    assert selection == Unsatisfiable(10)
    assert isinstance(selection, Unsatisfiable)
    assert selection.content_range == b"bytes */10"


def test_a_range_is_ignored_that_is_none_or_of_another_method_or_status() -> None:
    assert part_of(PAGE, "Range: lines=1") == Whole()
    assert part_of(PAGE, "Range: bytes=0-1", method="HEAD") == Whole()
    assert part_of(PAGE, "Range: bytes=0-1", status=203) == Whole()


@pytest.mark.parametrize(
    ("condition", "applies"),
    [('"a"', True), ('"b"', False), ('W/"a"', False), ("a", False), ("", False)],
)
def test_a_range_applies_if_its_entity_tag_is_this_one(condition: str, applies: bool) -> None:
    assert (part_of(PAGE, "Range: bytes=0-1", f"If-Range: {condition}") == Part(0, 1)) == applies


def test_a_weak_entity_tag_fits_no_range() -> None:
    assert part_of(WEAK, "Range: bytes=0-1", 'If-Range: W/"a"') == Whole()


def test_a_range_applies_if_its_date_is_exactly_that_of_the_last_change() -> None:
    assert part_of(PAGE, "Range: bytes=0-1", dated("If-Range", -100)) == Part(0, 1)
    assert part_of(PAGE, "Range: bytes=0-1", dated("If-Range", -99)) == Whole()


def test_a_change_in_the_second_of_the_response_is_a_weak_validator() -> None:
    page = (*BARE, dated("Last-Modified", 0))
    assert part_of(page, "Range: bytes=0-1", dated("If-Range", 0)) == Whole()
