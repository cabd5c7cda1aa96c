"""The callbacks that are looked up in a module, with as many parameters as it gives them."""

import pytest
from kit.wat import module_of

from wasm_host.abi.proxy_wasm.exports import HEADERS_CALLBACKS, OLD_HEADERS, START, exports
from wasm_host.signature import Signature


def signature(name: str, wat: str = "") -> Signature:
    return {each.name: each.signature for each in exports(module_of(wat))}[name]


@pytest.mark.parametrize("name", HEADERS_CALLBACKS)
def test_a_headers_callback_of_two_parameters_is_called_with_two(name: str) -> None:
    wat = f'(func (export "{name}") (param i32 i32) (result i32) (i32.const 0))'
    assert signature(name, wat) is OLD_HEADERS


@pytest.mark.parametrize("name", HEADERS_CALLBACKS)
def test_a_headers_callback_of_three_parameters_is_so_in_every_version(name: str) -> None:
    marker = '(func (export "proxy_abi_version_0_1_0"))'
    wat = f'{marker} (func (export "{name}") (param i32 i32 i32) (result i32) (i32.const 0))'
    assert signature(name, wat) == Signature("iii", "i")


def test_only_headers_callbacks_may_have_two() -> None:
    wat = '(func (export "proxy_on_request_body") (param i32 i32) (result i32) (i32.const 0))'
    assert signature("proxy_on_request_body", wat) == Signature("iii", "i")


def test_what_is_no_function_has_no_arity() -> None:
    assert signature("proxy_on_request_headers", '(memory (export "proxy_on_request_headers") 1)') == Signature(
        "iii", "i"
    )


def test_the_order_is_the_same_for_every_module() -> None:
    assert exports(module_of(""))[: len(START)] == START
    assert [each.name for each in exports(module_of(""))] == [
        each.name for each in exports(module_of('(func (export "proxy_on_tick") (param i32))'))
    ]
