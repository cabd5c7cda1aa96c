"""What is told of a judgement: to the client, in the logs, in the metrics, and on the exchange."""

from __future__ import annotations

import json
import pathlib
from typing import Any

from kit import FakeOrigin, Proxy, answering, get
from kit.guarding import ATTACK, asked, counted, guarded, guarding, lines

from config.build import build
from config.load import check
from proxy.exchange import Exchange
from proxy.filter import Filter
from proxy.metrics import Registry


async def test_the_client_sees_an_id_and_no_rule(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, _):
        answer = await asked(proxy, ATTACK)
    [id] = answer.all("x-request-id")
    assert answer.status == 403
    assert b"id: " + id.encode() in answer.body
    said = answer.body.replace(id.encode(), b"")  # which may hold any two digits
    for told in (b"attack", b"29", b"waf", b"own", b"firewall"):
        assert told not in said


async def test_a_refusal_is_dressed_as_the_routes_error_pages_say(tmp_path: pathlib.Path) -> None:
    (tmp_path / "403.html").write_text("<h1>No. {id}</h1>")
    pages = {"403": {"path": "403.html", "content_type": "text/html"}}
    async with guarding(tmp_path, route={"error_pages": pages}) as (proxy, _):
        answer = await asked(proxy, ATTACK)
    [id] = answer.all("x-request-id")
    assert (answer.status, answer.body) == (403, f"<h1>No. {id}</h1>".encode())


async def test_a_refused_head_has_no_body(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, _):
        client = await proxy.connect()
        await client.send(get(ATTACK, method="HEAD") + get("/next"))
        refusal = await client.expect_response(403, body=b"", to="HEAD")
        assert "x-request-id" in refusal
        await client.expect_response(200)


async def logged(directory: pathlib.Path, *targets: str, **options: Any) -> tuple[list[Any], list[Any], Proxy]:
    """Ask, and return what stands in the access log and in the audit log."""
    async with FakeOrigin(answering()) as origin:
        given = json.loads(guarded(directory, origin, audit_log="waf.jsonl", **options))
        given["access_log"] = {"path": "access.log"}
        async with Proxy(json.dumps(given), directory=directory) as proxy:
            for target in targets:
                await asked(proxy, target)
            log = proxy.graph.listeners[0].access_log
            assert log is not None
            log.close()
    return lines(directory / "access.log"), lines(directory / "waf.jsonl"), proxy


async def test_the_access_log_has_action_rules_and_score(tmp_path: pathlib.Path) -> None:
    access, _, _ = await logged(tmp_path, ATTACK, "/?q=odd", "/", paranoia=2)
    assert [(each["waf"], each["waf_rules"], each["waf_score"]) for each in access] == [
        ("blocked", [20, 29], 5),
        ("passed", [21], 4),
        (None, None, None),
    ]
    assert [(each["status"], each["answered_by"], each["reason"]) for each in access] == [
        (403, "waf", "waf"),
        (200, "upstream", ""),
        (200, "upstream", ""),
    ]


async def test_the_audit_log_has_all_that_matched_of_what_was_or_would_be_refused(tmp_path: pathlib.Path) -> None:
    _, audit, _ = await logged(tmp_path, ATTACK, "/?q=odd", "/", paranoia=2)
    [entry] = audit
    assert (entry["action"], entry["phase"], entry["rule"], entry["status"]) == ("blocked", 2, 29, 403)
    assert (entry["inbound"], entry["outbound"], entry["paranoia"], entry["overflow"]) == (5, 0, 2, None)
    first, second = entry["matches"]
    assert first == {
        "rule": 20,
        "severity": "CRITICAL",
        "message": "an attack",
        "target": "ARGS:q",
        "matched": "an attack",
        "tags": ["attack-plain"],
        "file": "test.conf",
        "line": 4,
    }
    assert (second["rule"], second["target"], second["matched"]) == (29, "TX:inbound_anomaly_score", "5")
    (tmp_path / "waf.jsonl").unlink()
    _, audit, _ = await logged(tmp_path, ATTACK, mode="detect")
    assert [(each["action"], each["rule"], each["status"]) for each in audit] == [("detected", 29, 200)]


async def test_what_is_over_a_bound_is_told_by_its_name(tmp_path: pathlib.Path) -> None:
    access, audit, proxy = await logged(tmp_path, "/?a=1&b=2", request={"arguments": 1})
    [entry] = audit
    assert (entry["action"], entry["rule"], entry["overflow"], entry["matches"]) == ("blocked", 0, "arguments", [])
    assert (entry["status"], access[0]["status"], access[0]["waf"]) == (413, 413, "blocked")
    assert counted(proxy) == {"overflow": 1}


async def test_secrets_and_the_rest_of_a_long_match_are_not_told(tmp_path: pathlib.Path) -> None:
    long, secret = "/?q=attack" + "x" * 100, "/?password=attack-hunter2"
    _, audit, _ = await logged(tmp_path, long, secret, report={"matched": 10})
    assert [entry["matches"][0]["matched"] for entry in audit] == ["attackxxxx", "[14 bytes]"]
    assert "hunter2" not in (tmp_path / "waf.jsonl").read_text()


async def test_metrics_count_actions_rules_and_scores(tmp_path: pathlib.Path) -> None:
    async with guarding(tmp_path) as (proxy, _):
        for target in (ATTACK, ATTACK, "/"):
            await asked(proxy, target)
    assert counted(proxy) == {"blocked": 2, "passed": 1}
    registry = proxy.registry
    assert [registry.waf_rule_matches.child("waf", rule).value for rule in (20, 29)] == [2, 2]
    assert registry.http_local_responses.child("all", "waf", "waf").value == 2
    [(labels, score), *_] = [each for each in registry.snapshot()["waf_score"] if "inbound" in each[0]]
    assert tuple(labels) == ("waf", "inbound")
    assert score


class Noting(Filter):
    """Keeps what it sees of a judgement, when the request is judged and when all is over."""

    name = "noting"

    def __init__(self) -> None:
        self.seen: list[Any] = []

    def on_request(self, exchange: Exchange) -> None:
        self.seen.append(exchange.firewall)

    def on_complete(self, exchange: Exchange) -> None:
        self.seen.append(exchange.firewall)


async def test_filters_find_the_judgement_on_the_exchange(tmp_path: pathlib.Path) -> None:
    noting = Noting()
    async with FakeOrigin(answering()) as origin:
        text = guarded(tmp_path, origin, mode="detect")
        report = check(text, tmp_path, {})
        assert report.configuration is not None
        waf = build(report.configuration, Registry()).listeners[0].router.routes[0].chain.steps[0].filter
        waf.start()  # type: ignore[attr-defined]
        try:
            async with Proxy(text, filters=[waf, noting], directory=tmp_path) as proxy:
                await asked(proxy, ATTACK)
        finally:
            waf.close()  # type: ignore[attr-defined]
    first, last = noting.seen
    assert (first.action, first.rules, first.filter) == ("detected", (20, 29), "waf")
    assert last == first
