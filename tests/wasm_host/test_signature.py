"""The types of functions, as they are declared, joined and told."""

import pytest
import wasmtime
from kit.wat import module_of

from wasm_host.signature import HostFunction, Signature, spelled


@pytest.mark.parametrize(
    ("signature", "text"),
    [
        (Signature(""), "() -> nothing"),
        (Signature("i"), "(i32) -> nothing"),
        (Signature("iI", "I"), "(i32, i64) -> i64"),
        (Signature("iiiiiiiiii", "i"), "(i32, i32, i32, i32, i32, i32, i32, i32, i32, i32) -> i32"),
    ],
)
def test_a_signature_is_written_as_it_is_read(signature: Signature, text: str) -> None:
    assert str(signature) == text
    assert spelled(signature.function_type()) == text


@pytest.mark.parametrize(
    ("wat", "text"),
    [
        ("(param f32 f64) (result i32 i64) unreachable", "(f32, f64) -> i32, i64"),
        ("(param funcref)", "(funcref) -> nothing"),
    ],
)
def test_types_that_no_abi_has_are_told_too(wat: str, text: str) -> None:
    (export,) = module_of(f'(func (export "f") {wat})').exports
    assert isinstance(export.type, wasmtime.FuncType)
    assert spelled(export.type) == text


def test_a_letter_that_stands_for_no_type_is_an_error() -> None:
    with pytest.raises(KeyError):
        Signature("f").function_type()


def test_a_host_function_that_does_not_say_so_neither_waits_nor_answers_wild_pointers() -> None:
    function = HostFunction("env", "f", Signature(""), lambda: None)
    assert (function.waits, function.on_wild_pointer) == (False, None)
