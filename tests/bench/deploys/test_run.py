"""A short run of deploys under load: two workers, and nothing fails."""

from __future__ import annotations

from pathlib import Path

from bench.deploys.run import deploying


async def test_nothing_fails_while_versions_come_and_go(tmp_path: Path) -> None:
    outcome = await deploying(tmp_path, 2)
    assert outcome.failures == []
    assert [each.what for each in outcome.changes] == ["deploy", "rollback"] * 2
    assert outcome.answered == outcome.asked
    assert set(outcome.answered) == {
        "function, kept",
        "function by path, kept",
        "function, new connection",
        "function that waits, kept",
        "function that waits, new connection",
        "proxied, kept",
    }
