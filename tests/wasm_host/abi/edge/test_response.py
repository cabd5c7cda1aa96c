"""How a guest makes its answer."""

from __future__ import annotations

import pytest
from kit.edge import OK, WILD, Edge, Strings, asking, guest
from kit.exchanges import make_exchange

from proxy.errors import FunctionFailed
from proxy.messages import Response


async def made(*calls: str, strings: Strings | None = None) -> Response:
    code = " ".join(f"(drop {call})" for call in calls)
    return await Edge(guest(f"{code} {OK}", strings)).answer()


async def refused(strings: Strings, call: str, reason: str) -> None:
    edge = Edge(asking(strings, call))
    assert await edge.results() == [-1]
    assert edge.counted(call.split()[1].strip("$"), reason) == 1


async def test_status_fields_and_body_are_sent() -> None:
    strings = Strings()
    response = await made(
        "(call $response_set_status (i32.const 201))",
        f"(call $response_set_header {strings('X-One')} {strings('1')})",
        f"(call $response_set_body {strings('made')})",
        strings=strings,
    )
    assert (response.status, list(response.headers.items()), response.body) == (201, [("X-One", "1")], b"made")


async def test_to_set_a_field_again_replaces_it_and_to_add_does_not() -> None:
    strings = Strings()
    response = await made(
        f"(call $response_set_header {strings('x-a')} {strings('1')})",
        f"(call $response_set_header {strings('X-A')} {strings('2')})",
        f"(call $response_add_header {strings('set-cookie')} {strings('a=1')})",
        f"(call $response_add_header {strings('Set-Cookie')} {strings('b=2')})",
        strings=strings,
    )
    assert response.headers.getall("x-a") == ["2"]
    assert response.headers.getall("set-cookie") == ["a=1", "b=2"]


async def test_to_remove_a_field_tells_how_many_there_were() -> None:
    strings = Strings()
    edge = Edge(
        asking(
            strings,
            f"(call $response_add_header {strings('x-a')} {strings('1')})",
            f"(call $response_add_header {strings('X-A')} {strings('2')})",
            f"(call $response_remove_header {strings('x-A')})",
            f"(call $response_remove_header {strings('x-A')})",
        )
    )
    assert await edge.results() == [0, 0, 2, 0]


async def test_the_last_status_and_the_last_body_count() -> None:
    strings = Strings()
    response = await made(
        "(call $response_set_status (i32.const 500))",
        "(call $response_set_status (i32.const 203))",
        f"(call $response_set_body {strings('first')})",
        f"(call $response_set_body {strings('second')})",
        strings=strings,
    )
    assert (response.status, response.body) == (203, b"second")


@pytest.mark.parametrize("status", [0, 99, 600, 2**32 - 1])
async def test_what_is_no_status_is_refused(status: int) -> None:
    await refused(Strings(), f"(call $response_set_status (i32.const {status}))", "invalid")


@pytest.mark.parametrize("status", [100, 103, 199])
async def test_a_status_that_only_announces_another_is_no_answer(status: int) -> None:
    edge = Edge(asking(Strings(), f"(call $response_set_status (i32.const {status}))"))
    with pytest.raises(FunctionFailed, match=str(status)):
        await edge.call()
    assert edge.ended("function_failed") == 1


@pytest.mark.parametrize("status", [0, 100, 199, 600])
async def test_a_call_cannot_end_with_what_is_no_final_status(status: int) -> None:
    await refused(Strings(), f"(call $request_terminate (i32.const {status}))", "invalid")


@pytest.mark.parametrize("name", ["", "x y", "x:", "x\n", "x\0", "\xff", "\u00e4"])
async def test_what_is_no_fields_name_is_refused(name: str) -> None:
    strings = Strings()
    await refused(strings, f"(call $response_set_header {strings(name)} {strings('1')})", "invalid")


@pytest.mark.parametrize("value", ["a\rb", "a\nb", "a\r\nx-admin: 1", "a\0b", "\x1b[2J"])
async def test_a_value_cannot_break_out_of_its_field(value: str) -> None:
    strings = Strings()
    await refused(strings, f"(call $response_add_header {strings('x')} {strings(value)})", "invalid")


async def test_a_fields_name_is_bounded() -> None:
    strings = Strings()
    await refused(strings, f"(call $response_set_header {strings('x' * 257)} {strings('1')})", "too_large")


async def test_all_fields_together_are_bounded() -> None:
    strings = Strings()
    call = f"(call $response_add_header {strings('x')} (i32.const 65536) (i32.const 30000))"
    spaces = "(memory.fill (i32.const 65536) (i32.const 97) (i32.const 30000))"
    edge = Edge(guest(f"{spaces} (drop {call}) (drop {call}) (i32.ne {call} (i32.const -1))", strings))
    assert len((await edge.answer()).headers) == 2


@pytest.mark.parametrize("name", ["content-length", "Transfer-Encoding", "Connection", "upgrade", "keep-alive", "Host"])
async def test_a_field_of_the_connection_is_passed_over(name: str) -> None:
    strings = Strings()
    edge = Edge(asking(strings, f"(call $response_set_header {strings(name)} {strings('7')})"))
    outcome = await edge.call()
    assert outcome.body == b"\0\0\0\0"
    assert not outcome.has_edits


@pytest.mark.parametrize("status", [204, 205, 304])
async def test_an_answer_that_has_no_body_loses_it(status: int) -> None:
    strings = Strings()
    response = await made(
        f"(call $response_set_status (i32.const {status}))",
        f"(call $response_set_body {strings('body')})",
        strings=strings,
    )
    assert (response.status, response.body) == (status, b"")


async def test_a_body_is_bounded_before_it_is_taken() -> None:
    edge = Edge(asking(Strings(), "(call $response_set_body (i32.const 16) (i32.const 1001))"), response_bytes=1000)
    assert await edge.results() == [-1]
    assert edge.counted("response_set_body", "too_large") == 1


@pytest.mark.parametrize(
    "call",
    [
        f"(call $response_set_body (i32.const {WILD}) (i32.const 16))",
        "(call $response_set_body (i32.const 0) (i32.const 0x7fffffff))",
        f"(call $response_set_header (i32.const {WILD}) (i32.const 1) (i32.const 0) (i32.const 1))",
        f"(call $response_add_header (i32.const 0) (i32.const 1) (i32.const {WILD}) (i32.const 1))",
        "(call $response_set_header (i32.const -1) (i32.const -1) (i32.const -1) (i32.const -1))",
        f"(call $response_remove_header (i32.const {WILD}) (i32.const 4))",
    ],
)
async def test_a_wild_pointer_is_refused(call: str) -> None:
    assert await Edge(asking(Strings(), call), response_bytes=2**31).results() == [-1]


async def test_where_nothing_is_set_the_buffer_is_the_body() -> None:
    response = await Edge(guest(f"(drop (call $request_get_uri)) {OK}")).answer(make_exchange(target="/seen"))
    assert (response.status, response.body, len(response.headers)) == (200, b"/seen", 0)


async def test_where_anything_is_set_the_buffer_is_not_sent() -> None:
    strings = Strings()
    response = await made(
        "(call $request_get_uri)", f"(call $response_set_header {strings('x')} {strings('1')})", strings=strings
    )
    assert (response.status, response.body) == (200, b"")


async def test_where_there_is_nothing_at_all_the_answer_is_empty() -> None:
    response = await made()
    assert (response.status, response.body) == (200, b"")


async def test_an_empty_body_that_was_set_is_one() -> None:
    response = await made("(call $request_get_uri)", "(call $response_set_body (i32.const 0) (i32.const 0))")
    assert response.body == b""
