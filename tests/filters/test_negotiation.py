"""The choice of a content coding."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from filters.negotiation import choose_encoding, parse_ratings

OFFERED = ("zstd", "br", "gzip")


@pytest.mark.parametrize(
    ("accepted", "expected"),
    [
        ("gzip", "gzip"),
        ("gzip, deflate, br, zstd", "zstd"),
        ("gzip, deflate, br", "br"),
        ("gzip;q=1.0, br;q=0.5", "gzip"),
        ("gzip;q=0.5, identity", None),
        ("gzip;q=0.5, identity;q=0.5", "gzip"),
        ("gzip;q=0", None),
        ("*", "zstd"),
        ("*;q=0.1, zstd;q=0", "br"),
        ("gzip, *;q=0", "gzip"),
        ("identity;q=0, *;q=0", None),
        ("identity", None),
        ("deflate", None),
        ("", None),
        (" , ,gzip", "gzip"),
        ("GZIP;Q=0.3", "gzip"),
        ("x-gzip", "gzip"),
        ("gzip ; q=0.5 , br ; q=0.7", "br"),
        ("br;q=2, gzip", "gzip"),
        ("br;q=abc, gzip", "gzip"),
        ("br;level=5, gzip", "gzip"),
        ("gzip;q=0.001", "gzip"),
        ("gzip;q=0.0001, br;q=0.000", None),
    ],
)
def test_the_highest_rated_coding_is_chosen(accepted: str, expected: str | None) -> None:
    assert choose_encoding(accepted, OFFERED) == expected


@given(st.text(max_size=60))
def test_any_text_is_read(accepted: str) -> None:
    assert choose_encoding(accepted, OFFERED) in (None, *OFFERED)


ratings = st.dictionaries(st.sampled_from([*OFFERED, "identity", "*", "deflate"]), st.integers(0, 1000))


@given(ratings)
def test_nothing_better_is_passed_over(rated: dict[str, int]) -> None:
    accepted = ", ".join(f"{coding};q={q / 1000:.3f}" for coding, q in rated.items())
    assert parse_ratings(accepted) == {coding: q / 1000 for coding, q in rated.items()}
    of = {coding: rated.get(coding, rated.get("*", 0)) for coding in OFFERED}
    chosen = choose_encoding(accepted, OFFERED)
    if chosen is None:
        assert max(of.values()) == 0 or max(of.values()) < rated.get("identity", 0)
    else:
        assert of[chosen] == max(of.values()) > 0
