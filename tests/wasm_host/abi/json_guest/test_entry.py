"""Which export answers, and that its type fits the form."""

from __future__ import annotations

from typing import Any

import pytest
from kit.json_guests import ECHO, function, narrow, packed

from proxy.errors import AbiMismatch

YES = "(i32.const 1)"


@pytest.mark.parametrize(
    ("wat", "how"),
    [
        (packed(ECHO), {}),
        (packed(ECHO), {"form": "packed"}),
        (narrow(YES), {}),
        (narrow(YES), {"form": "pointer"}),
        (narrow(YES, name="validate_login"), {}),
        (narrow(YES, name="validate_login"), {"entry": "validate_login", "form": "call"}),
        (packed(ECHO, name="answer"), {"entry": "answer"}),
    ],
)
def test_what_fits_is_joined(wat: str, how: dict[str, Any]) -> None:
    function(wat, **how).try_out()


@pytest.mark.parametrize(
    ("wat", "how", "said"),
    [
        (packed(ECHO), {"form": "pointer"}, r"form pointer: its handle_request is .* -> i64"),
        (packed(ECHO), {"form": "call"}, "form call"),
        (narrow(YES), {"form": "packed"}, "form packed"),
        (narrow(YES), {"entry": "main"}, "has no main .* but handle_request"),
        (narrow(YES, name="a") + '(export "b" (func 2))', {}, "but a, b; say by `entry`"),
        ('(import "env" "log" (func (param i32 i32)))' + packed(ECHO), {}, r"env\.log"),
        ('(import "edge_hive" "log" (func (param i32)))' + packed(ECHO), {}, r"edge_hive\.log"),
    ],
)
def test_what_does_not_fit_is_named(wat: str, how: dict[str, Any], said: str) -> None:
    with pytest.raises(AbiMismatch, match=said):
        function(wat, **how)
