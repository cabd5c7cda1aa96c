"""A module joined for one filter: the hooks that it has a part in, and the guests that it makes."""

import pytest
from kit.proxy_wasm import CONTINUE, guest, program

from proxy.errors import AbiMismatch, GuestTimeout, GuestUnavailable
from wasm_host.limits import GuestLimits


def hooks(**callbacks: str) -> set[str]:
    return set(program(guest(**callbacks)).hooks())


def test_a_guest_of_no_callbacks_still_has_its_contexts_made_and_ended() -> None:
    assert hooks() == {"on_request", "on_complete"}


def test_each_body_callback_is_a_hook() -> None:
    assert hooks(request_body=CONTINUE) == {"on_request", "on_complete", "on_request_body"}


def test_headers_of_the_response_are_a_hook() -> None:
    assert hooks(response_headers=CONTINUE) == {"on_request", "on_complete", "on_response"}


def test_who_sees_the_responses_body_sees_the_response_first() -> None:
    assert hooks(response_body=CONTINUE) == {"on_request", "on_complete", "on_response", "on_response_body"}


def test_a_callback_of_another_type_is_named() -> None:
    with pytest.raises(AbiMismatch, match=r"proxy_on_tick as .*i64.* -> nothing, but that is"):
        program(guest(more='(func (export "proxy_on_tick") (param i64))'))


def test_a_module_without_a_memory_is_refused() -> None:
    with pytest.raises(AbiMismatch, match="no memory called memory"):
        program('(func (export "proxy_abi_version_0_2_1"))')


def test_the_root_has_what_the_filter_was_configured_with() -> None:
    made = program(guest(), configuration=b"{}", vm_configuration=b"vm", root_id="r", vm_id="v")
    root = made.root()
    assert (root.name, root.root_id, root.vm_id) == ("it", "r", "v")
    assert (root.configuration, root.vm_configuration) == (b"{}", b"vm")


async def test_without_a_filter_there_is_no_other_guest_to_go_to() -> None:
    with pytest.raises(GuestUnavailable):
        await program(guest()).successor()


SPINS_FOR_100_MS = """
    (func $now (result i64)
        (drop (call $get_current_time_nanoseconds (i32.const 16)))
        (i64.load (i32.const 16)))
    (func $spin (local $until i64)
        (local.set $until (i64.add (call $now) (i64.const 100000000)))
        (loop $more (br_if $more (i64.lt_u (call $now) (local.get $until)))))
"""


def test_a_start_may_take_longer_than_a_call() -> None:
    wat = guest(more=SPINS_FOR_100_MS, configure="(call $spin) (i32.const 1)")
    limits = GuestLimits(call_time_s=0.03, start_time_s=5.0)
    joined = program(wat, limits=limits)
    joined.make().close()
    assert joined.linked.running.call_time_s == 0.03


def test_a_start_that_takes_longer_than_it_may_is_stopped() -> None:
    wat = guest(configure="(loop (br 0)) (i32.const 1)")
    joined = program(wat, limits=GuestLimits(call_time_s=5.0, start_time_s=0.03))
    with pytest.raises(GuestTimeout, match="longer than 30 ms"):
        joined.make()
    assert joined.linked.running.call_time_s == 5.0
