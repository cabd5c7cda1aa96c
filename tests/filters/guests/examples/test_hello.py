"""The example `hello`, as it is built."""

from __future__ import annotations

from kit.example_functions import MODULES, Example, about, built, faults, field


async def test_it_passes_its_own_tests() -> None:
    assert await faults(built("hello"), about("hello")) == {}


async def test_a_name_is_shown_as_it_is_spelled() -> None:
    answer = await Example("hello").answer("GET", "/?x=1&name=%C3%85sa%20%26%20Bo")
    assert answer.body == "Hello, Åsa & Bo!\n".encode()
    assert field(answer, "content-type") == "text/plain; charset=utf-8"


def test_it_is_small_and_needs_nothing_that_must_be_allowed() -> None:
    assert (MODULES / "hello.wasm").stat().st_size < 30_000
    imported = {each.name for each in built("hello").compiled.imports}
    assert imported == {
        "get_shared_buffer",
        "log",
        "request_get_uri",
        "request_terminate",
        "response_add_header",
        "response_set_body",
        "response_set_header",
    }
