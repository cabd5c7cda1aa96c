"""What one function may do with its stores."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from kit.stores import LIMITS, Storing

from wasm_host.functions.allowance import StoreAllowance
from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.stores.pairs import MOST_LISTED
from wasm_host.functions.stores.scoped import LONGEST_TTL_S, Gate
from wasm_host.functions.stores.settings import SqliteSettings, StoresSettings

NOWHERE = StoresSettings(kv=SqliteSettings("/nowhere"))
"""Whatever is refused is refused before anything is asked for."""
BELOW = StoreAllowance(prefix="user/")
READ_ONLY = StoreAllowance(writes=False)


def refusal(call: object, *arguments: object) -> str:
    with pytest.raises(HostcallFailed) as refused:
        call(*arguments)  # type: ignore[operator]
    return refused.value.reason


@pytest.mark.parametrize(("key", "reason"), [(b"", "invalid"), (bytes(LIMITS.key_bytes + 1), "too_large")])
def test_a_key_has_a_byte_at_least_and_not_too_many(key: bytes, reason: str) -> None:
    worker = Storing(NOWHERE)
    cache, kv = worker.cache(), worker.kv()
    for call in (cache.get, cache.delete, kv.get, kv.delete):
        assert refusal(call, key) == reason
    for call in (cache.set, kv.set):
        assert refusal(call, key, b"", 1) == reason
    assert refusal(cache.increment, key, 1, 1) == reason
    assert refusal(kv.increment, key, 1) == reason
    assert refusal(kv.compare_and_set, key, None, b"", 0) == reason
    assert refusal(worker.rate_limits().take, key, 1, 1) == reason


def test_a_key_of_the_longest_length_is_a_key() -> None:
    cache = Storing(NOWHERE).cache()
    cache.set(bytes(LIMITS.key_bytes), b"value", 1)
    assert cache.get(bytes(LIMITS.key_bytes)) == b"value"


def test_a_value_is_not_too_large() -> None:
    worker = Storing(NOWHERE)
    large = bytes(LIMITS.value_bytes + 1)
    assert refusal(worker.cache().set, b"key", large, 1) == "too_large"
    assert refusal(worker.kv().set, b"key", large, 1) == "too_large"
    assert refusal(worker.kv().compare_and_set, b"key", None, large, 1) == "too_large"
    worker.cache().set(b"key", large[1:], 1)
    assert worker.cache().get(b"key") == large[1:]


@pytest.mark.parametrize("key", [b"users", b"user", b"other/", b"/user/", b"USER/"])
def test_keys_begin_with_the_prefix_that_is_allowed(key: bytes) -> None:
    worker = Storing(NOWHERE)
    cache, kv = worker.cache(allow=BELOW), worker.kv(allow=BELOW)
    assert refusal(cache.get, key) == "not_allowed"
    assert refusal(cache.set, key, b"", 1) == "not_allowed"
    assert refusal(kv.get, key) == "not_allowed"
    assert refusal(kv.increment, key, 1) == "not_allowed"


def test_below_the_prefix_all_is_as_ever() -> None:
    cache = Storing(NOWHERE).cache(allow=BELOW)
    cache.set(b"user/7", b"value", 1)
    assert cache.get(b"user/7") == b"value"


def test_who_may_not_write_may_read() -> None:
    worker = Storing(NOWHERE)
    worker.cache().set(b"key", b"value", 60)
    cache, kv = worker.cache(allow=READ_ONLY), worker.kv(allow=READ_ONLY)
    assert cache.get(b"key") == b"value"
    assert refusal(cache.set, b"key", b"", 1) == "not_allowed"
    assert refusal(cache.delete, b"key") == "not_allowed"
    assert refusal(cache.increment, b"key", 1, 1) == "not_allowed"
    assert refusal(kv.set, b"key", b"", 1) == "not_allowed"
    assert refusal(kv.delete, b"key") == "not_allowed"
    assert refusal(kv.increment, b"key", 1) == "not_allowed"
    assert refusal(kv.compare_and_set, b"key", None, b"", 1) == "not_allowed"


@pytest.mark.parametrize("ttl_s", [-1, 0, LONGEST_TTL_S + 1])
def test_a_cached_value_has_a_time_to_live(ttl_s: int) -> None:
    cache = Storing(NOWHERE).cache()
    assert refusal(cache.set, b"key", b"", ttl_s) == "invalid"
    assert refusal(cache.increment, b"key", 1, ttl_s) == "invalid"


@pytest.mark.parametrize("ttl_s", [-1, LONGEST_TTL_S + 1])
def test_a_pair_has_one_or_stays(ttl_s: int) -> None:
    kv = Storing(NOWHERE).kv()
    assert refusal(kv.set, b"key", b"", ttl_s) == "invalid"
    assert refusal(kv.compare_and_set, b"key", None, b"", ttl_s) == "invalid"


@pytest.mark.parametrize("by", [-(2**63) - 1, 2**63])
def test_what_is_added_has_64_bits(by: int) -> None:
    worker = Storing(NOWHERE)
    assert refusal(worker.cache().increment, b"key", by, 1) == "invalid"
    assert refusal(worker.kv().increment, b"key", by) == "invalid"


@pytest.mark.parametrize(("most", "window_s"), [(-1, 1), (2**63, 1), (1, 0), (1, -1), (1, LONGEST_TTL_S + 1)])
def test_a_rate_is_a_number_in_a_time(most: int, window_s: int) -> None:
    assert refusal(Storing(NOWHERE).rate_limits().take, b"key", most, window_s) == "invalid"


def test_a_list_has_a_length() -> None:
    kv = Storing(NOWHERE).kv()
    assert refusal(kv.keys, b"", -1) == "invalid"
    assert refusal(kv.keys, b"", MOST_LISTED + 1) == "too_large"
    assert refusal(kv.keys, bytes(LIMITS.key_bytes + 1), 1) == "too_large"
    assert kv.keys(b"", 0) == []


def test_a_list_of_what_may_not_be_read_is_empty() -> None:
    assert Storing(NOWHERE).kv(allow=BELOW).keys(b"other/", 10) == []


@given(st.text(max_size=3), st.binary(max_size=5), st.binary(max_size=7))
def test_a_list_has_what_has_both_prefixes(allowed: str, asked: bytes, key: bytes) -> None:
    narrowed = Gate(StoreAllowance(prefix=allowed), LIMITS).narrowed(asked)
    assert (narrowed is not None and key.startswith(narrowed)) == (
        key.startswith(asked) and key.startswith(allowed.encode())
    )
