"""Where filters are made in the file, and with which options."""

from __future__ import annotations

from config.document import parse
from config.filter_options import known_spots, spots, type_errors
from config.paths import Path

TEXT = """\
filters:
  rl: {type: rate_limit, rate: 5/s, on_error: open}
  odd: {type: nothing}
  auth: {type: basic_auth, users: {a: x, b: y}}
routes:
  - filters: [rl, {use: rl, with: {burst: 9, rate: 1/s}}, {use: rl, when: {}}, {type: respond, when: {}, body: hi}, 5]
"""
DOCUMENT, _ = parse(TEXT, {})


def test_each_filter_that_is_made_has_its_spot() -> None:
    assert [spot.path.spelled() for spot in spots(DOCUMENT.data)] == [
        "filters.rl",
        "filters.odd",
        "filters.auth",
        "routes[0].filters[1]",
        "routes[0].filters[3]",
    ]


def test_a_filters_own_keys_are_no_options() -> None:
    assert [spot.options for spot in spots(DOCUMENT.data)][::4] == [{"rate": "5/s"}, {"body": "hi"}]


def test_an_override_lies_over_the_named_filters_options_and_each_keeps_its_place() -> None:
    spot = list(spots(DOCUMENT.data))[3]
    assert spot.options == {"rate": "1/s", "burst": 9}
    assert spot.place(Path(("rate",))).spelled() == "routes[0].filters[1].with.rate"
    assert spot.place(Path()).spelled() == "routes[0].filters[1]"


def test_an_unknown_type_is_an_error_and_no_known_spot() -> None:
    assert [error.path for error in type_errors(DOCUMENT)] == ["filters.odd.type"]
    assert "nothing" not in {spot.type_name for spot in known_spots(DOCUMENT)}


def test_a_spots_secrets_are_named_by_their_places_in_the_file() -> None:
    auth = next(spot for spot in spots(DOCUMENT.data) if spot.type_name == "basic_auth")
    assert [path.spelled() for path in auth.secret_paths()] == ["filters.auth.users.a", "filters.auth.users.b"]
