"""No request is lost to what may befall a proxy under load; `python -m bench.soak --disturb` does the same for long.

At each moment an upload is half read, a WebSocket is open, and connections wait that no worker has accepted.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.load.disturbances import What
from bench.load.disturbed import Outcome, disturbed

pytestmark = pytest.mark.timeout(300)


async def after(directory: Path, *order: What) -> Outcome:
    outcome = await disturbed(directory, order)
    assert [each.what for each in outcome.happened] == [*order]
    moments = [each.moment for each in outcome.happened]
    assert all(each.queued and each.half_read and each.websockets for each in moments)
    assert all(outcome.answered.values())
    return outcome


async def test_reloads_drop_nothing(tmp_path: Path) -> None:
    outcome = await after(tmp_path, *["reload"] * 5, "refused reload")
    assert [*outcome.failures, *outcome.lost] == []
    assert outcome.seen["TLS, resumed: resumed handshakes"]


async def test_a_killed_worker_loses_at_most_what_it_held(tmp_path: Path) -> None:
    outcome = await after(tmp_path, "kill", "kill during a reload", "kill")
    assert [*outcome.failures] == []
    assert len({each.port for each in outcome.lost}) <= sum(each.held for each in outcome.happened)


@pytest.mark.parametrize("order", [["upgrade"], ["certificates"] * 2, ["drain"]], ids=lambda order: order[0])
async def test_upgrades_new_certificates_and_drains_drop_nothing(tmp_path: Path, order: list[What]) -> None:
    outcome = await after(tmp_path, *order)
    assert [*outcome.failures, *outcome.lost] == []
