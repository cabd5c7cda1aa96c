"""Swaps are tried on both loops: workers run on uvloop, and the two accept and close in ways of their own."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

import uvloop

SWAPS = {"test_door.py", "test_emptying.py", "test_handover.py", "test_retirement.py", "test_serving.py"}


def pytest_asyncio_loop_factories(config: Any, item: Any) -> Mapping[str, Callable[[], Any]]:
    factories: dict[str, Callable[[], Any]] = {"asyncio": asyncio.new_event_loop}
    if item.path.name in SWAPS:
        factories["uvloop"] = uvloop.new_event_loop
    return factories
