"""The admin over reloads."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from kit.supervised import fetch
from kit.workforce import generation

from proxy.admin.server import AdminSpec
from proxy.administration import Administration
from proxy.answers import Answers
from proxy.errors import StartError
from proxy.listening import Listening
from proxy.metrics import Registry
from proxy.reload_report import Report
from proxy.workforce import Workforce


def spec(shown: str, address: str = "127.0.0.1:0") -> AdminSpec:
    return AdminSpec(address, routes=list, config=lambda: {"shown": shown}, plan=lambda text: {})


@pytest.fixture
async def administration() -> AsyncIterator[Administration]:
    workforce = Workforce(generation(1), b"", Listening(), Registry(), lambda: None)
    answers = Answers(workforce, Registry(), asyncio.Lock(), refuse, dict, roll_out)
    administration = Administration(answers)
    yield administration
    await administration.stop()


async def roll_out(functions: Mapping[str, Any], decide: Callable[[], None]) -> None:
    decide()


async def refuse() -> dict[str, object]:
    return Report("refused", 1).message()


def url(administration: Administration) -> str:
    assert administration.admin is not None
    return administration.admin.url


async def shown(administration: Administration) -> str:
    text: str = json.loads((await fetch(url(administration) + "config"))[1])["shown"]
    return text


async def test_pages_show_a_later_configuration_on_the_same_listener(administration: Administration) -> None:
    (await administration.stage(spec("one"))).commit()
    first = administration.admin
    (await administration.stage(spec("two"))).commit()
    assert administration.admin is first
    assert await shown(administration) == "two"


async def test_what_is_staged_and_discarded_is_not_shown(administration: Administration) -> None:
    (await administration.stage(spec("one"))).commit()
    (await administration.stage(spec("two"))).discard()
    assert await shown(administration) == "one"


async def test_another_address_is_served_instead(administration: Administration, tmp_path: Path) -> None:
    (await administration.stage(spec("one", f"unix:{tmp_path / 'admin.sock'}"))).commit()
    (await administration.stage(spec("two"))).commit()
    assert await shown(administration) == "two"


async def test_other_options_at_the_same_address_are_served_on_the_same_port(
    administration: Administration, tmp_path: Path
) -> None:
    (await administration.stage(spec("one"))).commit()
    first, before = administration.admin, url(administration)
    (await administration.stage(replace(spec("two"), audit_log=str(tmp_path / "audit.log")))).commit()
    assert administration.admin is not first
    assert url(administration) == before
    assert await shown(administration) == "two"


async def test_an_address_that_must_not_be_leaves_the_one_that_runs(administration: Administration) -> None:
    (await administration.stage(spec("one"))).commit()
    with pytest.raises(StartError, match="admin"):
        await administration.stage(spec("two", "0.0.0.0:0"))
    assert await shown(administration) == "one"


async def test_an_admin_can_be_configured_away(administration: Administration) -> None:
    (await administration.stage(spec("one"))).commit()
    (await administration.stage(None)).commit()
    assert administration.admin is None
    assert administration.opened is None
