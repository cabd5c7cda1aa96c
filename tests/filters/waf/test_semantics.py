"""What rules mean, through compiler, guest and host: each case of `kit.waf_semantics`, each of its requests."""

from __future__ import annotations

import pytest
from kit.waf_case import Case, judged
from kit.waf_semantics import CASES


@pytest.mark.parametrize(
    ("case", "request_text"),
    [pytest.param(case, each, id=f"{case.title}: {each!r}") for case in CASES for each in case.found],
)
async def test_rules_find_what_they_should(case: Case, request_text: str) -> None:
    assert await judged(case, request_text) == case.found[request_text]
