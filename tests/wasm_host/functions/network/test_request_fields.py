"""The fields that a function may send."""

import pytest

from wasm_host.functions.hostcall import HostcallFailed
from wasm_host.functions.network.request_fields import MOST_FIELD_BYTES, MOST_FIELDS, check_fields


def refused(*fields: tuple[str, str], body_bytes: int = 0) -> str:
    with pytest.raises(HostcallFailed) as failure:
        check_fields(fields, body_bytes)
    return failure.value.reason


def test_fields_pass_in_their_order_and_spelling() -> None:
    fields = (("X-A", "1"), ("x-a", "2"), ("Accept", "\u00fc"))
    assert check_fields(fields, 0) == (None, fields)


def test_host_is_told_apart() -> None:
    assert check_fields([("HOST", "a.b"), ("X", "y")], 0) == ("a.b", (("X", "y"),))


def test_a_second_host_is_refused() -> None:
    assert refused(("Host", "a.b"), ("host", "a.b")) == "invalid"


def test_a_content_length_that_is_right_is_left_to_the_client() -> None:
    assert check_fields([("Content-Length", "3")], 3) == (None, ())


@pytest.mark.parametrize("value", ["4", "+3", "3, 3", "03", ""])
def test_one_that_is_not_is_refused(value: str) -> None:
    assert refused(("Content-Length", value), body_bytes=3) == "invalid"


@pytest.mark.parametrize(
    "name",
    ["Connection", "Transfer-Encoding", "Upgrade", "TE", "Trailer", "Expect", "Keep-Alive", "Proxy-Connection",
     "Proxy-Authorization", "Proxy-Authenticate"],
)  # fmt: skip
def test_fields_of_the_connection_are_refused(name: str) -> None:
    assert refused((name, "x")) == "invalid"
    assert refused((name.lower(), "x")) == "invalid"


@pytest.mark.parametrize(
    ("name", "value"),
    [("X", "a\r\nHost: b"), ("X", "a\nb"), ("X", "a\x00"), ("X\r\nY", "a"), ("X:", "a"), (" X", "a"), ("", "a"),
     ("X Y", "a"), ("\u00fc", "a"), ("X", "\ud800")],
)  # fmt: skip
def test_what_would_begin_another_field_is_refused(name: str, value: str) -> None:
    assert refused((name, value)) == "invalid"


def test_too_many_fields_are_too_large() -> None:
    assert refused(*[("X", "y")] * (MOST_FIELDS + 1)) == "too_large"


def test_too_much_in_them_is_too_large() -> None:
    assert refused(("X", "y" * MOST_FIELD_BYTES)) == "too_large"
