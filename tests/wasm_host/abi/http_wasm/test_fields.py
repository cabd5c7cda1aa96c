"""Header fields as guests see them, without a guest."""

import pytest

from proxy.messages import Headers, Request, Response
from wasm_host.abi.http_wasm.fields import EarlyFields, Fields, RequestFields, ResponseFields
from wasm_host.abi.http_wasm.misuse import Misuse


def fields(*pairs: tuple[str, str]) -> Fields:
    return Fields(Headers.of(pairs))


def test_names_are_in_lower_case_and_each_is_there_once() -> None:
    assert fields(("B", "1"), ("a", "2"), ("b", "3")).names() == [b"a", b"b"]


def test_values_are_found_in_any_case() -> None:
    assert fields(("Vary", "a"), ("vary", "b")).values(b"VARY") == [b"a", b"b"]
    assert fields().values(b"vary") == []


def test_names_are_spelt_as_the_guest_does() -> None:
    it = fields()
    it.set(b"X-Y", b" v ")
    it.add(b"x-Z", b"w")
    assert it.headers.lines == [b"X-Y: v", b"x-Z: w"]


def test_removing_takes_all_lines() -> None:
    it = fields(("A", "1"), ("b", "2"), ("a", "3"))
    it.remove(b"A")
    assert it.headers.lines == [b"b: 2"]


@pytest.mark.parametrize(("name", "value"), [(b"", b"v"), (b"a b", b"v"), (b"a", b"v\n"), (b"a\0b", b"v")])
def test_what_may_not_stand_in_a_field_is_refused(name: bytes, value: bytes) -> None:
    it = fields()
    for edit in (it.set, it.add):
        with pytest.raises(Misuse, match="field"):
            edit(name, value)
    assert it.headers.lines == []


def test_fields_of_the_connection_cannot_be_edited() -> None:
    it = fields()
    it.set(b"Connection", b"close")
    it.add(b"transfer-encoding", b"chunked")
    it.remove(b"content-length")
    assert it.names() == []


def test_a_request_has_its_host_and_its_length() -> None:
    request = Request("POST", "/", authority="a.test:1", body=b"12")
    it = RequestFields(request)
    assert it.names() == [b"content-length", b"host"]
    assert (it.values(b"Host"), it.values(b"Content-Length")) == ([b"a.test:1"], [b"2"])
    it.set(b"Host", b"b.test")
    assert (request.authority, request.host) == ("b.test", "b.test")


def test_a_response_has_its_length_as_its_head_tells_it() -> None:
    response = Response(200, body=b"12")
    assert ResponseFields(response).values(b"content-length") == [b"2"]
    response.content_length = 7
    assert ResponseFields(response).values(b"content-length") == [b"7"]


def test_early_fields_replace_or_add_as_the_guest_said() -> None:
    early = EarlyFields()
    early.set(b"Server", b"mine")
    early.add(b"Vary", b"a")
    early.set(b"x", b"1")
    early.remove(b"X")
    headers = Headers.of([("server", "yours"), ("vary", "b"), ("x", "yours")])
    early.merge_into(headers)
    assert headers.lines == [b"vary: b", b"x: yours", b"Server: mine", b"Vary: a"]
