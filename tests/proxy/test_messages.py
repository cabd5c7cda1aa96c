"""Headers against a simple model of them; requests, whose edits cannot make them ambiguous."""

import re
from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.exchanges import make_exchange

from proxy.messages import NAME_OF, OF_THE_CONNECTION, Headers, Request, Response, field_line, value_of

NAMES = st.sampled_from(["X-A", "x-a", "X-B", "Accept", "ACCEPT"])
TEXT = st.text(st.characters(min_codepoint=0x21, max_codepoint=0xFF, exclude_characters="\x7f"), max_size=5)
VALUES = TEXT.map(lambda text: text.strip("\x85\xa0"))
FIELDS = st.lists(st.tuples(NAMES, VALUES), max_size=8)
Model = list[tuple[str, str]]


def edits() -> st.SearchStrategy[list[tuple[str, str, str]]]:
    kinds = st.sampled_from(["set", "add", "remove", "put", "append", "drop"])
    return st.lists(st.tuples(kinds, NAMES, VALUES), max_size=12)


def edit_model(model: Model, kind: str, name: str, value: str) -> Model:
    others = [(each, old) for each, old in model if each.lower() != name.lower()]
    if kind in ("remove", "drop"):
        return others
    if kind in ("add", "append") or len(others) == len(model):
        return [*model, (name, value)]
    at = next(place for place, (each, _) in enumerate(model) if each.lower() == name.lower())
    return [*others[:at], (name, value), *others[at:]]


def edit(headers: Headers, kind: str, name: str, value: str) -> None:
    lower, line = name.lower().encode(), field_line(name, value)
    calls: dict[str, Callable[[], object]] = {
        "set": lambda: headers.set(name, value),
        "add": lambda: headers.add(name, value),
        "remove": lambda: headers.remove(name),
        "put": lambda: headers.put(lower, line),
        "append": lambda: headers.append(lower, line),
        "drop": lambda: headers.drop(lower),
    }
    calls[kind]()


@given(FIELDS, edits(), st.booleans())
def test_headers_do_what_a_list_of_pairs_would(fields: Model, changes: list[tuple[str, str, str]], asked: bool) -> None:
    headers, model = Headers.of(fields), list(fields)
    for kind, name, value in changes:
        if asked:
            headers.names()  # What is worked out once must be kept right.
        edit(headers, kind, name, value)
        model = edit_model(model, kind, name, value)
        assert list(headers.items()) == model
    for name in ("x-a", "X-B", "accept", "missing"):
        values = [value for each, value in model if each.lower() == name.lower()]
        assert headers.getall(name) == values
        assert headers.get(name) == (values[0] if values else None)
        assert headers.joined(name) == (", ".join(values) if values else None)
        assert (name in headers) == bool(values)
        assert headers.find(name.lower().encode()) == (values[0].encode("latin-1") if values else None)
    assert len(headers) == len(model)
    assert list(headers) == [name for name, _ in model]


@given(FIELDS)
def test_a_copy_is_its_own(fields: Model) -> None:
    headers = Headers.of(fields)
    copy = headers.copy()
    copy.set("X-A", "changed")
    assert list(headers.items()) == fields


def test_lines_are_kept_as_the_peer_spelt_them() -> None:
    headers = Headers([b"x-ODD:  \t a\t b \t", b"X-Empty:"])
    headers.add("X-New", "c")
    assert headers.lines == [b"x-ODD:  \t a\t b \t", b"X-Empty:", b"X-New: c"]
    assert (headers["X-Odd"], headers["x-empty"]) == ("a\t b", "")


def test_a_missing_field_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        Headers()["X"]
    assert Headers().get("X", "other") == "other"


@pytest.mark.parametrize("name", sorted(name.decode() for name in OF_THE_CONNECTION))
@pytest.mark.parametrize("spelt", [str.lower, str.upper, str.title])
def test_what_frames_a_message_cannot_be_set(name: str, spelt: Callable[[str], str]) -> None:
    headers = Headers()
    for change in (headers.set, headers.add):
        with pytest.raises(ValueError, match=re.escape(name) if name != "host" else "authority"):
            change(spelt(name), "1")
    assert headers.lines == []


@pytest.mark.parametrize("name", ["", " ", "X Y", "X:", "X\r\nY", "X\0", "é", "ſ", "X\n"])
def test_what_is_no_token_is_no_name(name: str) -> None:
    with pytest.raises(ValueError, match="not a field name"):
        Headers().set(name, "a")


@given(st.text(max_size=8), st.sampled_from("\r\n\0\x0b\x1f\x7f"), st.text(max_size=8))
def test_no_value_holds_a_control_character(before: str, control: str, after: str) -> None:
    with pytest.raises(ValueError, match="control character"):
        Headers().add("X", before + control + after)


@given(st.text(max_size=20))
def test_whatever_text_is_taken_stays_one_line(text: str) -> None:
    try:
        line = field_line("X", text)
    except ValueError:
        return
    assert re.fullmatch(rb"X: (?:[\x21-\x7e\x80-\xff](?:[\t\x20-\x7e\x80-\xff]*[\x21-\x7e\x80-\xff])?)?", line)


def test_text_beyond_latin_1_goes_as_utf_8() -> None:
    assert field_line("X", "é") == b"X: \xe9"
    assert field_line("X", "→") == b"X: \xe2\x86\x92"


@given(st.from_regex(rb"[A-Za-z-]{1,9}:[ \t]*[a-z]{0,200}[ \t]*", fullmatch=True))
def test_the_name_of_a_line_is_what_stands_before_its_colon(line: bytes) -> None:
    for _ in range(2):  # The second answer is remembered.
        assert NAME_OF[line] == line.split(b":")[0].lower()
    assert value_of(line) == line.split(b":")[1].strip()


def test_names_are_remembered_up_to_a_bound() -> None:
    for number in range(NAME_OF.limit + 10):
        NAME_OF[b"X-%d: a" % number]
    NAME_OF[b"X: " + b"a" * 1000]
    assert len(NAME_OF) <= NAME_OF.limit
    assert max(map(len, NAME_OF)) <= NAME_OF.longest


# Requests.


def test_edits_change_what_goes_upstream() -> None:
    request = make_exchange("GET", "/a?b=c").request
    assert request.request_line() == b"GET /a?b=c HTTP/1.1\r\n"
    request.method = "PUT"
    request.path = "/d"
    request.query = None
    assert request.request_line() == b"PUT /d HTTP/1.1\r\n"
    request.query = ""
    assert request.target == "/d?"


def test_the_line_is_made_once() -> None:
    request = make_exchange().request
    assert request.request_line() is request.request_line()


BAD = pytest.mark.parametrize("bad", [" ", "\r", "\n", "\0", "\x7f", "é", "#", "\t"])


@BAD
def test_no_path_can_end_the_request_line(bad: str) -> None:
    request = make_exchange(target="/kept").request
    with pytest.raises(ValueError, match="percent-encode"):
        request.path = f"/a{bad}HTTP/1.1"
    assert request.path == "/kept"


@BAD
def test_no_query_can_end_the_request_line(bad: str) -> None:
    request = make_exchange(target="/?kept").request
    with pytest.raises(ValueError, match="percent-encode"):
        request.query = f"a{bad}HTTP/1.1"
    assert request.query == "kept"


@pytest.mark.parametrize("method", ["", "GET /", "G\r\nET", "GÉT", "GET\n"])
def test_no_method_can_end_the_request_line(method: str) -> None:
    request = make_exchange().request
    with pytest.raises(ValueError, match="not a field name"):
        request.method = method
    assert request.method == "GET"


@pytest.mark.parametrize("path", ["", "a", "?", "http://other/", "//"[:0]])
def test_a_path_starts_with_a_slash(path: str) -> None:
    with pytest.raises(ValueError, match="slash"):
        make_exchange().request.path = path


@pytest.mark.parametrize("path", ["/", "*", "/a%20b", "/;=@!$&'()*+,", "/a?b"[:2]])
def test_paths_that_are_well_formed_are_taken(path: str) -> None:
    request = make_exchange().request
    request.path = path
    assert request.target == path


@given(st.text(max_size=12), st.text(max_size=12), st.text(max_size=5))
def test_whatever_edits_are_taken_the_line_is_one_line_of_three_words(path: str, query: str, method: str) -> None:
    request = Request("GET", "/")
    for name, value in (("path", path), ("path", "/" + path), ("query", query), ("method", method)):
        try:
            setattr(request, name, value)
        except ValueError:
            continue
    assert re.fullmatch(rb"[^ ]+ [!-~]+ HTTP/1\.1\r\n", request.request_line())
    assert request.request_line().count(b"\r\n") == 1


# Responses.


def test_text_is_sent_as_utf_8() -> None:
    response = Response.text(403, "né")
    assert (response.status, response.body) == (403, "né".encode())
    assert response.headers["content-type"] == "text/plain; charset=utf-8"


def test_fields_are_found_after_their_lines_were_edited_in_place() -> None:
    headers = Headers.of([("A", "1"), ("B", "2")])
    assert headers.find(b"b") == b"2"
    headers.lines.append(b"C:  3\t")
    assert headers.find(b"c") == b"3"
    del headers.lines[0]
    assert headers.find(b"a") is None
    assert headers.find(b"b") == b"2"


def test_all_lines_may_be_replaced_at_once() -> None:
    headers = Headers.of([("A", "1"), ("B", "2")])
    lines = headers.lines
    assert headers.find(b"a") == b"1"
    headers.replace_all([b"B: 3", b"D: 4"])
    assert headers.lines is lines
    assert (headers.find(b"a"), headers.find(b"b"), headers.find(b"d")) == (None, b"3", b"4")


# Copies.


def test_a_copied_request_says_the_same_and_is_edited_apart() -> None:
    request = Request("GET", "/a", "b=1", Headers.of([("X", "1")]), "https", "example.test:8443", "example.test")
    request.line, request.authorized, request.asked_path = b"GET /a?b=1 HTTP/1.1\r\n", True, "/asked"
    copy = request.copy()
    for name in ("method", "target", "scheme", "authority", "host", "line", "authorized", "asked_path", "to_head"):
        assert getattr(copy, name) == getattr(request, name)
    copy.headers.set("x", "2")
    copy.query = None
    assert (request.headers["x"], request.target) == ("1", "/a?b=1")


def test_a_copied_request_leaves_the_body_behind() -> None:
    assert Request("POST", "/", body=b"a").copy().body is None
