"""The example `auth`, as it is built: at a route's end, and in a chain."""

from __future__ import annotations

import pytest
from kit.example_functions import Example, about, built, faults, field
from kit.exchanges import make_exchange, make_response, run

from proxy.errors import FunctionFailed

KEYS = {"API_KEYS": "ali=one-key\nbo=another=key"}


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("auth"), about("auth")) == {}


async def test_in_a_chain_who_has_a_key_gets_the_origins_answer_and_the_users_name_with_it() -> None:
    exchange = make_exchange(fields=[("X-API-Key", "another=key")])
    origins = make_response(200, [("X-User", "forged"), ("X-Other", "1")], b"page")
    answer = await run(exchange, origins, Example("auth", secrets=KEYS).as_filter())
    assert (answer.status, answer.body) == (200, b"page")
    assert (field(answer, "x-user"), field(answer, "x-other")) == ("bo", "1")


@pytest.mark.parametrize("shown", [None, "", "one-ke", "ali", "one-key\tx"])
async def test_in_a_chain_nobody_else_passes(shown: str | None) -> None:
    exchange = make_exchange(fields=[] if shown is None else [("x-api-key", shown)])
    answer = await run(exchange, make_response(200, body=b"page"), Example("auth", secrets=KEYS).as_filter())
    assert (answer.status, answer.body) == (401, b'{"error":"an API key is needed"}')
    assert field(answer, "www-authenticate") == 'ApiKey realm="api"'


async def test_without_its_secret_it_fails_and_lets_nobody_pass() -> None:
    example = Example("auth")
    with pytest.raises(FunctionFailed):
        await run(make_exchange(fields=[("x-api-key", "one-key")]), make_response(), example.as_filter())
    assert "there is no secret API_KEYS" in example.lines
