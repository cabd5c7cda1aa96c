"""The answer that a function makes, whatever it puts into it."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.messages import OF_THE_CONNECTION
from wasm_host.functions.draft import Draft
from wasm_host.functions.hostcall import HostcallFailed

names = st.one_of(st.sampled_from([b"X-A", b"x-a", b"set-cookie", b"Content-Length", b"te"]), st.binary(max_size=300))
edits = st.lists(st.tuples(st.sampled_from(["set", "add", "remove"]), names, st.binary(max_size=20)), max_size=20)


@given(edits)
def test_whatever_is_set_every_line_is_one(made: list[tuple[str, bytes, bytes]]) -> None:
    draft = Draft(100)
    for how, name, value in made:
        with suppress(HostcallFailed):
            if how == "remove":
                draft.remove_field(name)
            else:
                getattr(draft, f"{how}_field")(name, value)
    for name, line in zip(draft.headers.names(), draft.headers.lines, strict=True):
        assert not set(line) & set(b"\r\n\0")
        assert name not in OF_THE_CONNECTION


@given(st.integers(0, 2**32 - 1))
def test_a_status_has_three_digits_and_is_not_from_elsewhere(status: int) -> None:
    draft = Draft(100)
    try:
        draft.set_status(status)
    except HostcallFailed:
        assert not 100 <= status <= 599
    else:
        assert 100 <= status <= 599


def test_what_ends_an_answer_is_a_final_status_and_stays_one() -> None:
    draft = Draft(100)
    for early in (lambda: draft.terminate(199), lambda: draft.terminate(101)):
        with pytest.raises(HostcallFailed, match="no status to end with"):
            early()
    draft.terminate(202)
    with pytest.raises(HostcallFailed, match="101 is no status to end with"):
        draft.set_status(101)
    draft.set_status(404)
    assert draft.status == 404


def test_ten_thousand_fields_of_one_letter_are_too_many() -> None:
    draft = Draft(100)
    failures = 0
    for _ in range(10_000):
        try:
            draft.add_field(b"a", b"")
        except HostcallFailed:
            failures += 1
    assert 1000 < len(draft.headers) == 10_000 - failures < 2000


def test_what_was_sent_stays_as_it_was() -> None:
    draft = Draft(100)
    draft.set_body(b"body")
    draft.sent = True
    for late in (
        lambda: draft.set_status(200),
        lambda: draft.set_body(b"late"),
        lambda: draft.add_field(b"x", b"1"),
        lambda: draft.remove_field(b"x"),
        lambda: draft.terminate(200),
    ):
        with pytest.raises(HostcallFailed, match="sent already"):
            late()
    assert (draft.body, draft.terminated) == (b"body", False)
