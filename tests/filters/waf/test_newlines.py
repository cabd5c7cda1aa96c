"""Where a value cannot have a newline."""

from __future__ import annotations

import pytest
from kit.seclang import rules_of

from filters.waf.newlines import may_have_newlines


@pytest.mark.parametrize(
    ("targets", "transformations", "expected"),
    [
        ("REQUEST_HEADERS", "t:none", False),
        ("REQUEST_HEADERS:Accept|REQUEST_METHOD", "t:none,t:lowercase", False),
        ("&ARGS", "t:none", False),
        ("REQUEST_HEADERS|ARGS", "t:none", True),
        ("REQUEST_HEADERS", "t:none,t:urlDecode", True),
        ("REQUEST_COOKIES", "t:none", True),
    ],
)
def test_headers_have_none_unless_something_is_decoded(targets: str, transformations: str, expected: bool) -> None:
    (rule,) = rules_of(f'SecRule {targets} "@rx ^a$" "id:1,pass,{transformations}"')
    assert may_have_newlines(rule) is expected
