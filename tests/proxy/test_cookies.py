"""The request's cookies."""

import pytest

from proxy.cookies import find_cookie
from proxy.messages import Headers


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (["sid=1"], b"1"),
        (["a=b; sid=1; c=d"], b"1"),
        (["a=b", "sid=1"], b"1"),
        (["sid=1; sid=2"], b"1"),
        (["a=sid; sidx=3;sid=1"], b"1"),
        ([" sid = 1 "], b"1"),
        (['sid="1"'], b'"1"'),
        (["sid=a=b"], b"a=b"),
        (["sid="], b""),
        (["sid"], None),
        (["SID=1"], None),
        (["xsid=1"], None),
        ([], None),
    ],
)
def test_the_first_of_the_name_is_found(lines: list[str], expected: bytes | None) -> None:
    assert find_cookie(Headers.of([("Cookie", line) for line in lines]), b"sid") == expected
