"""No key of one function is another's, and ranges hold what begins alike."""

from hypothesis import example, given
from hypothesis import strategies as st

from wasm_host.functions.stores.scope import after, scoped

NAMES = st.text(min_size=1, max_size=12)
KEYS = st.binary(max_size=20)


@given(NAMES, KEYS, NAMES, KEYS)
@example("a", b"b:c", "a:b", b"c")
@example("1:a", b"", "1", b":a:")
@example("é", b"x", "e", b"x")
def test_two_functions_never_meet_in_a_key(one: str, key: bytes, other: str, its_key: bytes) -> None:
    assert (scoped(one) + key == scoped(other) + its_key) == ((one, key) == (other, its_key))


@given(st.data())
def test_a_function_cannot_write_its_way_into_another(data: st.DataObject) -> None:
    name = data.draw(NAMES)
    other = data.draw(NAMES.filter(lambda each: each != name))
    key = scoped(other) + data.draw(KEYS)
    assert not (scoped(name) + key).startswith(scoped(other))


@given(st.binary(max_size=4), st.binary(max_size=6))
@example(b"\xff\xff", b"\xff\xff\x00")
@example(b"a\xff", b"b")
@example(b"", b"")
def test_what_begins_alike_lies_between_the_prefix_and_what_is_after_it(prefix: bytes, key: bytes) -> None:
    end = after(prefix)
    assert key.startswith(prefix) == (prefix <= key and (end is None or key < end))
