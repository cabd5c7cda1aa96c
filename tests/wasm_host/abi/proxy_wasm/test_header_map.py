"""The header maps of an exchange: what guests read, and that no edit of theirs can forge a message."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import Pieces, make_response

from proxy.messages import OF_THE_CONNECTION, Headers, Request, Response
from wasm_host.abi.proxy_wasm.header_map import FixedMap, MessageMap, RequestMap, ResponseMap

Pair = tuple[bytes, bytes]

PSEUDO = [b":authority", b":path", b":method", b":scheme", b":status", b":protocol", b":"]
NAMES = st.one_of(st.sampled_from([*PSEUDO, *OF_THE_CONNECTION, b"x-one", b"X-Two"]), st.binary(max_size=12))
VALUES = st.one_of(
    st.sampled_from([b"/a?b", b"POST", b"a.test", b"204", b"a\r\nX: b", b"a\nb"]), st.binary(max_size=16)
)
PAIRS = st.tuples(NAMES, VALUES)
FIELDS = st.lists(
    st.tuples(st.sampled_from(["X-One", "x-two", "X-TWO"]), st.sampled_from(["", "1", "a b"])), max_size=5
)
BODIES = st.sampled_from([None, b"", b"abc"])


def make_request(fields: object = (), body: bytes | Pieces | None = None) -> Request:
    return Request("GET", "/a", "b=c", Headers.of(fields), "https", "a.test:8", "a.test", body=body)  # type: ignore[arg-type]


def request_map(*fields: tuple[str, str], body: bytes | Pieces | None = None) -> RequestMap:
    return RequestMap(make_request(fields, body))


def response_map(status: int = 200, *fields: tuple[str, str], body: bytes | Pieces = b"") -> ResponseMap:
    return ResponseMap(make_response(status, fields, body))


def edit(fields: MessageMap, how: str, pair: Pair) -> bool:
    """Edit; tells whether it was allowed."""
    try:
        if how == "replace_all":
            fields.replace_all([pair])
        else:
            getattr(fields, how)(*pair)
    except ValueError:
        return False
    return True


any_edit = st.sampled_from(["add", "replace", "replace_all"])


# No edit forges a message.


@given(pair=PAIRS, how=any_edit)
def test_an_edit_of_a_request_leaves_whole_lines_and_adds_one_at_most(pair: Pair, how: str) -> None:
    request = make_request([("x-one", "1")])
    edit(RequestMap(request), how, pair)
    assert len(request.headers) <= 2
    for line in [*request.headers.lines, request.request_line()[:-2], request.authority.encode("latin-1")]:
        assert not set(line) & set(b"\r\n\0")
    assert len(request.request_line().split(b" ")) == 3


@given(pair=PAIRS, how=any_edit)
def test_an_edit_of_a_response_leaves_whole_lines_and_adds_one_at_most(pair: Pair, how: str) -> None:
    response = make_response(200, [("x-one", "1")])
    edit(ResponseMap(response), how, pair)
    assert len(response.headers) <= 2
    assert not set(b"".join(response.headers.lines)) & set(b"\r\n\0")
    assert 200 <= response.status <= 999


@given(pair=PAIRS, how=any_edit)
def test_what_is_refused_changes_nothing(pair: Pair, how: str) -> None:
    for fields in (request_map(("x-one", "1")), response_map(200, ("x-one", "1"))):
        before = fields.pairs()
        if not edit(fields, how, pair):
            assert fields.pairs() == before


@given(pairs=st.lists(PAIRS, max_size=6))
def test_no_edit_makes_a_field_of_the_connection(pairs: list[Pair]) -> None:
    for fields in (request_map(), response_map()):
        for pair in pairs:
            edit(fields, "add", pair)
        assert not OF_THE_CONNECTION & set(fields.headers.names())


@given(pairs=st.lists(PAIRS, max_size=6))
def test_a_name_and_value_that_were_taken_are_read_back(pairs: list[Pair]) -> None:
    fields = request_map()
    for name, value in pairs:
        known = name.lower() in OF_THE_CONNECTION or name[:1] == b":"
        if edit(fields, "replace", (name, value)) and not known:
            assert fields.get(name.lower()) == value.strip(b" \t")


# Counting and listing.


@given(fields=FIELDS, body=BODIES)
def test_a_request_counts_what_it_lists(fields: list[tuple[str, str]], body: bytes | None) -> None:
    request = request_map(*fields, body=body)
    assert request.count() == len(request.pairs())


@given(fields=FIELDS, body=BODIES, status=st.sampled_from([200, 204, 304, 404]))
def test_a_response_counts_what_it_lists(fields: list[tuple[str, str]], body: bytes | None, status: int) -> None:
    response = response_map(status, *fields, body=Pieces() if body is None else body)
    assert response.count() == len(response.pairs())


def test_pseudo_headers_come_first_and_names_are_in_lower_case() -> None:
    assert request_map(("X-One", "1"), ("x-one", "2"), body=b"abc").pairs() == [
        (b":authority", b"a.test:8"),
        (b":path", b"/a?b=c"),
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b"x-one", b"1"),
        (b"x-one", b"2"),
        (b"content-length", b"3"),
    ]


def test_a_responses_status_comes_first() -> None:
    assert response_map(404, ("Server", "s")).pairs() == [
        (b":status", b"404"),
        (b"server", b"s"),
        (b"content-length", b"0"),
    ]


# Reading.


@pytest.mark.parametrize(
    ("name", "value"),
    [
        (b":authority", b"a.test:8"),
        (b":path", b"/a?b=c"),
        (b":method", b"GET"),
        (b":scheme", b"https"),
        (b"host", b"a.test:8"),
        (b"x-one", b"first"),
        (b":status", None),
        (b"x-none", None),
        (b"connection", None),
    ],
)
def test_a_requests_headers_are_read_one_by_one(name: bytes, value: bytes | None) -> None:
    assert request_map(("X-One", "first"), ("X-One", "second")).get(name) == value


def test_an_expectation_and_an_upgrade_can_be_read() -> None:
    request = make_request()
    fields = RequestMap(request)
    assert (fields.get(b"expect"), fields.get(b"upgrade")) == (None, None)
    request.expects_continue, request.upgrade = True, b"websocket"
    assert (fields.get(b"expect"), fields.get(b"upgrade")) == (b"100-continue", b"websocket")


@pytest.mark.parametrize(
    ("body", "length"), [(None, None), (b"", b"0"), (b"abc", b"3"), (Pieces(b"a"), None), (Pieces(length=9), b"9")]
)
def test_a_request_shows_its_bodys_length_where_it_is_known(body: bytes | Pieces | None, length: bytes | None) -> None:
    assert request_map(body=body).get(b"content-length") == length


@pytest.mark.parametrize(
    ("status", "body", "length", "coding"),
    [
        (200, b"abc", b"3", None),
        (200, b"", b"0", None),
        (200, Pieces(length=9), b"9", None),
        (200, Pieces(), None, b"chunked"),
        (204, b"", None, None),
        (304, b"", None, None),
    ],
)
def test_a_response_shows_how_its_body_is_framed(
    status: int, body: bytes | Pieces, length: bytes | None, coding: bytes | None
) -> None:
    fields = response_map(status, body=body)
    assert (fields.get(b"content-length"), fields.get(b"transfer-encoding")) == (length, coding)


@pytest.mark.parametrize("status", [200, 304])
def test_an_answer_to_head_shows_the_length_that_get_would_have(status: int) -> None:
    response = Response(status)
    response.content_length = 12
    assert ResponseMap(response).get(b"content-length") == b"12"


# Editing.


def test_replacing_takes_every_line_away_and_stands_last_as_in_envoy() -> None:
    fields = request_map(("x-one", "1"), ("X-Two", "2"), ("X-One", "3"))
    fields.replace(b"X-one", b"new")
    assert fields.headers.lines == [b"X-Two: 2", b"x-one: new"]


def test_adding_keeps_what_is_there() -> None:
    fields = request_map(("x-one", "1"))
    fields.add(b"X-ONE", b"2")
    assert fields.headers.getall("x-one") == ["1", "2"]


def test_removing_takes_every_line_away() -> None:
    fields = request_map(("x-one", "1"), ("X-Two", "2"), ("X-One", "3"))
    fields.remove(b"x-one")
    assert fields.headers.lines == [b"X-Two: 2"]


@pytest.mark.parametrize("name", [b":path", b":method", b"content-length", b"x-none"])
def test_removing_what_no_line_says_changes_nothing(name: bytes) -> None:
    fields = request_map(body=b"abc")
    before = fields.pairs()
    fields.remove(name)
    assert fields.pairs() == before


def test_pseudo_headers_that_are_not_among_the_new_pairs_stay() -> None:
    fields = request_map(("x-one", "1"))
    fields.replace_all([(b":path", b"/new"), (b"X-Two", b"2")])
    assert (fields.get(b":path"), fields.get(b":method")) == (b"/new", b"GET")
    assert fields.headers.lines == [b"x-two: 2"]


def test_a_refused_field_among_many_leaves_all_as_it_was() -> None:
    fields = request_map(("x-one", "1"))
    before = fields.pairs()
    with pytest.raises(ValueError, match="control character"):
        fields.replace_all([(b":path", b"/new"), (b"x-two", b"2\r\nX: y")])
    assert fields.pairs() == before


@pytest.mark.parametrize(
    ("value", "path", "query"), [(b"/new", "/new", None), (b"/new?", "/new", ""), (b"/n?a?b", "/n", "a?b")]
)
def test_a_path_is_set_with_its_query(value: bytes, path: str, query: str | None) -> None:
    request = make_request()
    RequestMap(request).replace(b":path", value)
    assert (request.path, request.query) == (path, query)


@pytest.mark.parametrize("value", [b"", b"new", b"/a b", b"/a\r\nX: y", b"/ok?a b", b"/#a"])
def test_what_is_no_path_is_refused_and_the_old_one_stays(value: bytes) -> None:
    fields = request_map()
    assert not edit(fields, "replace", (b":path", value))
    assert fields.get(b":path") == b"/a?b=c"


@pytest.mark.parametrize("name", [b":authority", b"host", b"Host"])
def test_the_authority_is_set_by_either_name(name: bytes) -> None:
    request = make_request()
    RequestMap(request).replace(name, b"Other.test:9")
    assert request.host == "other.test"


def test_the_scheme_stays_as_the_upstream_speaks_it() -> None:
    fields = request_map()
    fields.replace(b":scheme", b"http")
    assert fields.get(b":scheme") == b"https"


@pytest.mark.parametrize("name", [b":", b":protocol", b":status"])
def test_a_pseudo_header_that_requests_do_not_have_is_refused(name: bytes) -> None:
    with pytest.raises(ValueError, match="unknown pseudo header"):
        request_map().add(name, b"x")


def test_a_status_is_set() -> None:
    response = make_response(200)
    ResponseMap(response).replace(b":status", b"404")
    assert response.status == 404


@pytest.mark.parametrize("value", [b"", b"abc", b"100", b"1000", b"-1", b"2 0", b"9" * 5000])
def test_what_is_no_final_status_is_refused(value: bytes) -> None:
    fields = response_map(200)
    assert not edit(fields, "replace", (b":status", value))
    assert fields.get(b":status") == b"200"


# What a call brought back.


def test_fixed_pairs_are_read_by_the_first_of_a_name() -> None:
    fields = FixedMap([(b"a", b"1"), (b"a", b"2")])
    assert (fields.get(b"a"), fields.get(b"b")) == (b"1", None)
    assert fields.pairs() == [(b"a", b"1"), (b"a", b"2")]


def test_fixed_pairs_are_not_edited() -> None:
    fields = FixedMap([(b"a", b"1")])
    for change in (fields.add, fields.replace):
        with pytest.raises(ValueError, match="only to be read"):
            change(b"a", b"2")
    with pytest.raises(ValueError, match="only to be read"):
        fields.remove(b"a")
    with pytest.raises(ValueError, match="only to be read"):
        fields.replace_all([])
