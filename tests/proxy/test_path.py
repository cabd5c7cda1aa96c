"""One spelling for each path, or a refusal."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from proxy.errors import BadRequest
from proxy.path import STRICT, PathRules, normalise_path

KEEP = PathRules(encoded_slashes="keep")
TWO_SLASHES = PathRules(merge_slashes=False)

PIECES = [
    "/",
    "//",
    ".",
    "..",
    "a",
    "admin",
    ";",
    "%2e",
    "%2E",
    "%2f",
    "%5C",
    "%25",
    "%252e",
    "%61",
    "%c3%a9",
    "%3b",
    "~",
]
paths = st.one_of(
    st.lists(st.sampled_from(PIECES), max_size=12).map(lambda pieces: "/" + "".join(pieces)),
    st.text(st.characters(max_codepoint=0x7E), max_size=30).map(lambda text: "/" + text),
)
rules = st.builds(PathRules, st.sampled_from(["refuse", "keep"]), st.booleans())


def normalised(path: str, under: PathRules) -> str | None:
    try:
        return normalise_path(path, under)
    except BadRequest:
        return None


def reason(path: str, under: PathRules = STRICT) -> str:
    with pytest.raises(BadRequest) as refusal:
        normalise_path(path, under)
    return refusal.value.reason


@given(paths, rules)
@example("/%2%65", PathRules())
@example("/a/.;/b", KEEP)
def test_normalising_twice_changes_nothing_more(path: str, under: PathRules) -> None:
    once = normalised(path, under)
    if once is not None:
        assert normalise_path(once, under) == once


@given(paths, rules)
def test_no_path_ever_escapes_the_root(path: str, under: PathRules) -> None:
    once = normalised(path, under)
    if once is not None:
        assert once.startswith("/")
        assert not {".", ".."} & set(once.split("/"))
        assert not {".", ".."} & set(re.split("/|%2F|%5C", once))


@given(paths)
def test_what_a_decoding_origin_sees_has_no_dot_segment_and_no_new_slash(path: str) -> None:
    once = normalised(path, PathRules())
    if once is not None:
        seen = re.sub("%([0-9A-F]{2})", lambda escape: chr(int(escape[1], 16)), once)
        assert seen.count("/") == once.count("/")
        assert not {".", ".."} & {segment.split(";")[0] for segment in seen.split("/")}


@given(paths, rules)
def test_nothing_but_visible_ascii_comes_out(path: str, under: PathRules) -> None:
    once = normalised(path, under)
    if once is not None:
        assert re.fullmatch(r"[!-~]+", once)
        assert not set("#?\\") & set(once)


@pytest.mark.parametrize(
    "path",
    [
        "/p/../admin",
        "/p/./../admin",
        "/p/%2e%2e/admin",
        "/p/%2E%2e/admin",
        "/p/.%2e/admin",
        "//admin",
        "///admin",
        "/./admin",
        "/%61dmin",
        "/p//../admin",
        "/adm%69n",
    ],
)
def test_a_rule_on_admin_is_not_passed_by_another_spelling(path: str) -> None:
    assert normalise_path(path) == "/admin"


@pytest.mark.parametrize("path", ["/..", "/../a", "/a/../..", "/%2e%2e/a", "//../a", "/a/../../b", "/./.."])
def test_a_path_that_escapes_the_root_is_refused(path: str) -> None:
    assert reason(path) == "path_escapes_root"


@pytest.mark.parametrize(
    "path", ["/..;/a", "/p/..;x=1/admin", "/.;/a", "/p/%2e%2e;/a", "/p/..%3b/a", "/p/..%3Bx/a", "/a/..;"]
)
def test_parameters_on_a_dot_segment_are_refused(path: str) -> None:
    assert reason(path) == "dot_segment"


@pytest.mark.parametrize("path", ["/a%2fb", "/a%2Fb", "/a%5cb", "/a%5Cb", "/p/..%2fadmin", "/%2e%2e%2f"])
def test_an_encoded_slash_or_backslash_is_refused(path: str) -> None:
    assert reason(path) == "encoded_slash"


@pytest.mark.parametrize("path", ["/%", "/a%4", "/%zz", "/a%%41", "/%00", "/a%00.png"])
def test_a_broken_escape_or_an_encoded_nul_is_refused(path: str) -> None:
    assert reason(path) == "percent_encoding"


@pytest.mark.parametrize(
    "path", ["/a b", "/a\tb", "/a\r\nb", "/a\x00", "/\x7f", "/é", "/a\\b", "/a#b", "/a?b", "a", "", "*"]
)
def test_a_character_that_has_no_place_in_a_path_is_refused(path: str) -> None:
    assert reason(path) == "target"


def test_kept_encoded_slashes_stay_encoded() -> None:
    assert normalise_path("/id/a%2fb%5c", KEEP) == "/id/a%2Fb%5C"


@pytest.mark.parametrize(
    "path", ["/p/..%2fadmin", "/p%2f..%2fadmin", "/p%2f..", "/a%5c%2e%2e", "/a%2f..;x%2fb", "/.%2f"]
)
def test_kept_encoded_slashes_never_stand_beside_a_dot_segment(path: str) -> None:
    assert reason(path, KEEP) == "dot_segment"


def test_a_double_encoding_stays_as_it_is() -> None:
    assert normalise_path("/%252e%252e/%252fa") == "/%252e%252e/%252fa"


def test_escapes_are_upper_cased_and_those_of_unreserved_characters_decoded() -> None:
    assert normalise_path("/%c3%a9%7e%41%2d%20%3f%23") == "/%C3%A9~A-%20%3F%23"


@pytest.mark.parametrize(
    ("path", "expected"), [("/a/.", "/a/"), ("/a/b/..", "/a/"), ("/a/..", "/"), ("/.", "/"), ("/a//", "/a/")]
)
def test_what_ends_in_a_dot_segment_ends_as_a_directory(path: str, expected: str) -> None:
    assert normalise_path(path) == expected


def test_names_that_only_begin_with_dots_are_names() -> None:
    assert normalise_path("/.well-known/..a/.../a;b") == "/.well-known/..a/.../a;b"


def test_slashes_may_be_left_unmerged() -> None:
    assert normalise_path("/a//b/./c//../d", TWO_SLASHES) == "/a//b/c/d"
