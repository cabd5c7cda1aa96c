"""Bearer tokens on the wire."""

from __future__ import annotations

import pytest

from proxy.admin.bearer import sent_token


@pytest.mark.parametrize(
    ("fields", "token"),
    [
        ([], None),
        (["Bearer abc.d-e_f~g+h/i=="], "abc.d-e_f~g+h/i=="),
        (["bearer  abc"], "abc"),
        (["Bearer"], ""),
        (["Bearer "], ""),
        (["Bearer a b"], ""),
        (["Bearer a=b"], ""),
        (["Bearer é"], ""),
        (["Basic abc"], ""),
        (["abc"], ""),
        (["Bearer abc", "Bearer abc"], ""),
    ],
)
def test_a_token_is_read_and_what_is_none_is_empty(fields: list[str], token: str | None) -> None:
    assert sent_token(fields) == token
