"""Versions that cannot run."""

from __future__ import annotations

import pytest
from kit.exchanges import make_exchange

from proxy.errors import FunctionUnavailable
from wasm_host.functions.broken import BrokenFunction


async def test_it_is_503_and_says_why_to_the_operator_alone() -> None:
    broken = BrokenFunction("hello", "v1", "the module is gone")
    with pytest.raises(FunctionUnavailable, match="version v1 of hello cannot run: the module is gone") as caught:
        await broken.call(make_exchange())
    assert (caught.value.status, caught.value.reason) == (503, "function_broken")
    assert broken.describe() == {"version": "v1", "broken": "the module is gone"}
    await broken.close()
