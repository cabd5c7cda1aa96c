"""What the admin asks for, the supervisor has."""

from __future__ import annotations

import inspect

import pytest
from kit.admin import Known

from proxy.admin.sources import Sources
from proxy.answers import Answers

ASKED = [name for name, _ in inspect.getmembers(Sources, inspect.isfunction) if not name.startswith("_")]


@pytest.mark.parametrize("name", ASKED)
@pytest.mark.parametrize("source", [Answers, Known])
def test_everything_that_is_asked_for_is_there(source: type, name: str) -> None:
    wanted, found = getattr(Sources, name), getattr(source, name)
    assert inspect.iscoroutinefunction(found) == inspect.iscoroutinefunction(wanted)
    assert list(inspect.signature(found).parameters) == list(inspect.signature(wanted).parameters)
