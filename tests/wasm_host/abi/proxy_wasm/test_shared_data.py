"""Shared data and its tokens. What Envoy does was seen in a live one."""

from hypothesis import given
from hypothesis import strategies as st

from wasm_host.abi.proxy_wasm.numbers import OK, Status
from wasm_host.abi.proxy_wasm.shared_data import MOST_BYTES, MOST_KEY_BYTES, SharedData


def test_what_was_never_set_is_not_there() -> None:
    assert SharedData().get("vm", b"key") is None


def test_a_value_comes_back_with_the_token_to_swap_it_by() -> None:
    data = SharedData()
    assert data.set("vm", b"key", b"one", 0) == OK
    assert data.get("vm", b"key") == (b"one", 1)


def test_tokens_are_counted_across_keys_and_vms() -> None:
    data = SharedData()
    data.set("vm", b"a", b"", 0)
    data.set("other", b"b", b"", 0)
    assert data.get("other", b"b") == (b"", 2)


def test_a_swap_with_the_present_token_succeeds_and_changes_it() -> None:
    data = SharedData()
    data.set("vm", b"key", b"one", 0)
    assert data.set("vm", b"key", b"two", 1) == OK
    assert data.get("vm", b"key") == (b"two", 2)


def test_a_swap_with_a_stale_token_changes_nothing() -> None:
    data = SharedData()
    data.set("vm", b"key", b"one", 0)
    data.set("vm", b"key", b"two", 0)
    assert data.set("vm", b"key", b"three", 1) == Status.CAS_MISMATCH
    assert data.get("vm", b"key") == (b"two", 2)


def test_an_absent_key_is_set_whatever_the_token() -> None:
    assert SharedData().set("vm", b"key", b"one", 5) == OK


def test_vms_do_not_see_each_others_values() -> None:
    data = SharedData()
    data.set("vm", b"key", b"one", 0)
    assert data.get("other", b"key") is None


def test_an_empty_value_is_a_value() -> None:
    data = SharedData()
    data.set("vm", b"key", b"", 0)
    assert data.get("vm", b"key") == (b"", 1)


def test_after_the_last_token_comes_one_never_zero() -> None:
    data = SharedData()
    data._last_token = 0xFFFF_FFFF
    data.set("vm", b"key", b"", 0)
    assert data.get("vm", b"key") == (b"", 1)


def test_a_full_store_forgets_what_was_used_longest_ago() -> None:
    data = SharedData(most_bytes=3 * 300)
    for key in (b"a", b"b", b"c"):
        data.set("vm", key, b"value", 0)
    assert data.get("vm", b"a") is not None
    data.set("vm", b"d", b"value", 0)
    assert [key for key in (b"a", b"b", b"c", b"d") if data.get("vm", key)] == [b"a", b"c", b"d"]


def test_a_full_store_leaves_other_vms_alone() -> None:
    data = SharedData(most_bytes=300)
    data.set("vm", b"key", b"one", 0)
    data.set("other", b"a", b"", 0)
    data.set("other", b"b", b"", 0)
    assert data.get("vm", b"key") == (b"one", 1)


def test_a_value_too_large_for_the_whole_store_is_refused_and_the_old_one_stays() -> None:
    data = SharedData()
    data.set("vm", b"key", b"old", 0)
    assert data.set("vm", b"key", bytes(MOST_BYTES), 0) == Status.CAS_MISMATCH
    assert data.get("vm", b"key") == (b"old", 1)


def test_a_key_has_a_longest_length() -> None:
    data = SharedData()
    assert data.set("vm", bytes(MOST_KEY_BYTES), b"", 0) == OK
    assert data.set("vm", bytes(MOST_KEY_BYTES + 1), b"", 0) == Status.CAS_MISMATCH


@given(st.lists(st.tuples(st.sampled_from([b"a", b"b", b"c", b"d"]), st.integers(0, 500)), max_size=40))
def test_a_store_never_holds_more_than_it_may(steps: list[tuple[bytes, int]]) -> None:
    data = SharedData(most_bytes=1000)
    for key, size in steps:
        assert data.set("vm", key, bytes(size), 0) == OK
        assert data.get("vm", key) is not None
        kept = [found for key in (b"a", b"b", b"c", b"d") if (found := data.get("vm", key))]
        assert sum(len(value) + 1 + 256 for value, _ in kept) <= 1000
