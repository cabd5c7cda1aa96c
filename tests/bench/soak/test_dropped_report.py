"""What befell the proxy, as a page."""

from __future__ import annotations

import json
from pathlib import Path

from bench.load.disturbances import Happened, What
from bench.load.disturbed import Outcome, schedule
from bench.load.ledger import Failure
from bench.load.moment import Seen
from bench.soak.dropped_report import Report, Row, store, summarise


def happened(what: What, held: int = 0) -> Happened:
    return Happened(what, 2.0, held, Seen(1.0, under_way=20, queued=5, half_read=2, websockets=4))


def failure(during: str) -> Failure:
    return Failure("kept", during, 1.0, 2.0, "reset", "gone", 40_000, 0.5)


def outcome(failures: list[Failure]) -> Outcome:
    return Outcome(
        happened=[happened("reload"), happened("kill", held=9), happened("reload")],
        asked={"kept": 1000, "websocket": 10},
        answered={"kept": 999 - len(failures), "websocket": 10},
        failures=failures,
        lost=[failure("kill")],
        seen={"asked to close": 3},
        seconds=60.0,
    )


def test_a_row_sums_up_the_moments_of_a_kind():
    assert summarise(outcome([])) == [
        Row("reload", 2, 40, 10, 4, 8, 0, 0, 0),
        Row("kill", 1, 20, 5, 2, 4, 9, 1, 0),
    ]


def test_what_a_killed_worker_held_is_no_failure():
    assert Report.of(outcome([])).good


def test_one_failed_request_is_one_too_many():
    report = Report.of(outcome([failure("reload")]))
    assert not report.good
    assert "1 requests failed." in report.markdown()


def test_it_is_kept_as_page_and_as_json(tmp_path: Path):
    store(Report.of(outcome([])), tmp_path)
    page = (tmp_path / "nothing_dropped.md").read_text()
    assert "No request failed." in page
    assert "| kill | 1 | 20 | 5 | 2 | 4 | 9 | 1 | 0 |" in page
    assert "| all | 1,010 | 1 | 0 |" in page
    assert json.loads((tmp_path / "nothing_dropped.json").read_text())["failures"] == []


def test_a_seed_stands_for_an_order_of_all_that_is_to_happen():
    counts: dict[What, int] = {"reload": 5, "kill": 2}
    assert sorted(schedule(counts, 6)) == ["kill"] * 2 + ["reload"] * 5
    assert schedule(counts, 6) == schedule(counts, 6)
