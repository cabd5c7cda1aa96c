"""A function in a chain: early answers, edits of the response's fields, and requests that go on."""

from __future__ import annotations

import pytest
from kit.edge import OK, Edge, Strings, guest
from kit.exchanges import Pieces, make_exchange, make_response

from proxy.chain import Chain
from proxy.errors import FunctionUnavailable, GuestTrap
from proxy.exchange import Exchange
from proxy.hook import OnError, Step
from proxy.messages import Response
from wasm_host.functions.deployment import Deployment, Share
from wasm_host.functions.filter import FunctionFilter


def filter_of(code: str, strings: Strings | None = None, name: str = "auth") -> FunctionFilter:
    function = Edge(guest(code, strings), name="hello").function
    return FunctionFilter(name, "hello", Deployment("hello", "live", [Share(function, 100)]))


async def through(
    *filters: FunctionFilter,
    exchange: Exchange | None = None,
    response: Response | None = None,
    on_error: OnError = "closed",
) -> tuple[Response, bool]:
    """Take an exchange through a chain; returns what the client gets, and whether the request went on."""
    exchange = exchange or make_exchange()
    chain = Chain([Step(each, on_error=on_error) for each in filters])
    assert chain.plain
    answer = await chain.request(exchange)
    final = await chain.response(exchange, answer or response or make_response(body=b"of the origin"))
    return final, answer is None


def set_field(strings: Strings, name: str, value: str, how: str = "set") -> str:
    return f"(drop (call $response_{how}_header {strings(name)} {strings(value)}))"


async def test_where_nothing_is_set_the_request_goes_on() -> None:
    response, went_on = await through(filter_of(OK))
    assert (went_on, response.body) == (True, b"of the origin")


async def test_what_lies_in_the_buffer_is_no_answer() -> None:
    _, went_on = await through(filter_of(f"(drop (call $request_get_uri)) {OK}"))
    assert went_on


async def test_a_status_is_an_answer_with_the_fields_that_were_set() -> None:
    strings, exchange = Strings(), make_exchange()
    code = f"(drop (call $response_set_status (i32.const 401))) {set_field(strings, 'www-authenticate', 'Basic')} {OK}"
    response, went_on = await through(filter_of(code, strings), exchange=exchange)
    assert (went_on, response.status, response.headers["www-authenticate"]) == (False, 401, "Basic")
    assert (exchange.answered_by, exchange.reason) == ("auth", "function")


async def test_a_body_is_an_answer() -> None:
    strings = Strings()
    response, went_on = await through(filter_of(f"(drop (call $response_set_body {strings('no')})) {OK}", strings))
    assert (went_on, response.status, response.body) == (False, 200, b"no")


async def test_a_request_that_is_terminated_does_not_go_on() -> None:
    response, went_on = await through(filter_of(f"(drop (call $request_terminate (i32.const 403))) {OK}"))
    assert (went_on, response.status) == (False, 403)


async def test_fields_alone_are_put_into_the_answer_on_its_way_back() -> None:
    strings = Strings()
    code = f"""{set_field(strings, "x-set", "ours")} {set_field(strings, "set-cookie", "b=2", "add")}
        (drop (call $response_remove_header {strings("server")})) {OK}"""
    origins = make_response(201, [("X-Set", "theirs"), ("Set-Cookie", "a=1"), ("Server", "x"), ("Kept", "1")], b"body")
    response, went_on = await through(filter_of(code, strings), response=origins)
    assert (went_on, response.status, response.body) == (True, 201, b"body")
    assert response.headers.getall("x-set") == ["ours"]
    assert response.headers.getall("set-cookie") == ["a=1", "b=2"]
    assert "server" not in response.headers
    assert response.headers["kept"] == "1"


async def test_two_functions_of_one_chain_keep_their_edits_apart() -> None:
    strings = Strings()
    both = [filter_of(f"{set_field(strings, 'x-by', by, 'add')} {OK}", strings, name="same") for by in ("1", "2")]
    response, _ = await through(*both)
    assert sorted(response.headers.getall("x-by")) == ["1", "2"]


async def test_a_trap_is_not_let_through() -> None:
    with pytest.raises(GuestTrap):
        await through(filter_of("unreachable"))


async def test_a_trap_after_an_answer_was_set_is_not_that_answer() -> None:
    with pytest.raises(GuestTrap):
        await through(filter_of("(drop (call $response_set_status (i32.const 200))) unreachable"))


async def test_a_chain_may_pass_over_a_trap_where_it_says_so() -> None:
    response, went_on = await through(filter_of("unreachable"), on_error="open")
    assert (went_on, response.body) == (True, b"of the origin")


async def test_a_function_that_is_not_deployed_lets_nobody_through() -> None:
    with pytest.raises(FunctionUnavailable):
        await through(FunctionFilter("auth", "hello", None))
    _, went_on = await through(FunctionFilter("auth", "hello", None), on_error="open")
    assert went_on


async def test_a_body_that_the_function_read_goes_on_whole() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = Pieces(b"pie", b"ces")
    _, went_on = await through(filter_of(f"(drop (call $request_get_body)) {OK}"), exchange=exchange)
    assert (went_on, exchange.request.body) == (True, b"pieces")


async def test_a_body_that_the_function_did_not_ask_for_is_not_touched() -> None:
    exchange = make_exchange("POST")
    exchange.request.body = body = Pieces(b"pieces")
    await through(filter_of(OK), exchange=exchange)
    assert exchange.request.body is body
