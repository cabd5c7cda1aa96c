"""What each version of the ABI lets a module import."""

import pytest
from kit.proxy_wasm import guest, program

from proxy.errors import AbiMismatch
from wasm_host.abi.proxy_wasm.exports import VERSIONS
from wasm_host.abi.proxy_wasm.imports import host_functions
from wasm_host.abi.proxy_wasm.numbers import Status
from wasm_host.calls import Running

OLD = {"proxy_get_configuration", "proxy_continue_request", "proxy_continue_response", "proxy_clear_route_cache"}
STREAMS = {"proxy_continue_stream", "proxy_close_stream"}


def names(version: str) -> set[str]:
    return {each.name for each in host_functions(Running(1.0), version)}


def misfit(imported: str, version: str = "0_2_1") -> str:
    with pytest.raises(AbiMismatch) as caught:
        program(imported + guest(version=version), version=version)
    return str(caught.value)


def test_the_newest_has_all_39_functions_of_its_text() -> None:
    assert len(names("0_2_1")) == 39
    assert not names("0_2_1") & OLD


def test_0_2_0_lacks_only_the_log_level() -> None:
    assert names("0_2_1") - names("0_2_0") == {"proxy_get_log_level"}
    assert names("0_2_0") < names("0_2_1")


def test_0_1_0_has_functions_that_were_dropped_and_lacks_those_that_came() -> None:
    assert names("0_1_0") - names("0_2_1") == OLD
    assert names("0_2_1") - names("0_1_0") == STREAMS | {"proxy_get_log_level"}


@pytest.mark.parametrize("version", VERSIONS)
def test_every_function_answers_with_a_status(version: str) -> None:
    assert {each.signature.result for each in host_functions(Running(1.0), version)} == {"i"}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_wild_pointer_is_told_as_such_by_every_function(version: str) -> None:
    told = {each.on_wild_pointer for each in host_functions(Running(1.0), version)}
    assert told == {Status.INVALID_MEMORY_ACCESS}


@pytest.mark.parametrize("version", VERSIONS)
def test_a_module_may_import_everything_of_its_version(version: str) -> None:
    letters = {"i": "i32", "I": "i64"}
    imported = "\n".join(
        f'(import "env" "{each.name}" (func '
        + "".join(f"(param {letters[letter]})" for letter in each.signature.parameters)
        + "(result i32)))"
        for each in host_functions(Running(1.0), version)
    )
    program(imported + guest(version=version), version=version).make().close()


def test_a_function_of_a_later_version_is_not_offered() -> None:
    told = misfit('(import "env" "proxy_get_log_level" (func (param i32) (result i32)))', "0_2_0")
    assert "guest.wasm does not fit Proxy-Wasm 0.2.0" in told
    assert "env.proxy_get_log_level, which this host does not offer" in told


def test_a_function_of_an_earlier_version_is_not_offered() -> None:
    assert "proxy_continue_request, which" in misfit('(import "env" "proxy_continue_request" (func (result i32)))')


def test_a_misspelt_function_is_named_with_the_nearest() -> None:
    told = misfit('(import "env" "proxy_get_propertys" (func (param i32 i32 i32 i32) (result i32)))')
    assert "did you mean proxy_get_property?" in told


def test_a_function_of_another_type_is_named_with_both() -> None:
    told = misfit('(import "env" "proxy_done" (func (param i64) (result i32)))')
    assert "env.proxy_done as (i64) -> i32, but that is () -> i32" in told


def test_every_misfit_is_named_at_once() -> None:
    told = misfit('(import "env" "one_thing" (func)) (import "env" "another" (func))')
    assert "env.one_thing" in told
    assert "env.another" in told
