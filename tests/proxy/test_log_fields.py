"""The fields of an access log line."""

import json
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from proxy.cache.verdict import Verdict
from proxy.exchange import Client, Exchange
from proxy.firewall import Judgement, Match
from proxy.line_sink import ATOMIC_BYTES
from proxy.log_fields import FIELDS, MOST_RULES, line_maker
from proxy.messages import Request, Response


def exchange(path: str = "/a", host: str = "example.test") -> Exchange:
    return Exchange(Request("GET", path, "secret=1", host=host), Client("192.0.2.7", 4711, "public"))


def fields(of: Exchange, *names: str) -> dict[str, object]:
    return json.loads(line_maker(names or tuple(FIELDS))(of))


def test_a_line_has_the_chosen_fields_in_the_order_chosen() -> None:
    assert list(fields(exchange(), "status", "path", "id")) == ["status", "path", "id"]


def test_an_answered_exchange_reads_as_it_was() -> None:
    done = exchange()
    done.response = Response(200)
    done.cache_result, done.cache_verdict = "miss", Verdict("fetch", "miss", "RFC 9111 §4")
    done.sent_bytes, done.attempts, done.endpoint, done.upstream_name = 12, 2, "10.0.0.1:80", "api"
    done.started_at, done.finished_at = 100.0, 100.0125
    line = fields(done)
    del line["time"], line["id"]
    assert line == {
        "client": "192.0.2.7",
        "listener": "public",
        "route": None,
        "method": "GET",
        "host": "example.test",
        "path": "/a",
        "status": 200,
        "bytes": 12,
        "duration_ms": 12.5,
        "answered_by": "upstream",
        "reason": "",
        "upstream": "api",
        "endpoint": "10.0.0.1:80",
        "attempts": 2,
        "cache": "miss",
        "cache_reason": "miss",
        "waf": None,
        "waf_rules": None,
        "waf_score": None,
    }


def judged(*rules: int) -> Exchange:
    found = exchange()
    matches = tuple(Match(rule, "CRITICAL", "", "ARGS:id", "", (), "", 0) for rule in rules)
    found.firewall = Judgement("waf", "blocked", 2, 949110, 403, 10, 4, 1, None, matches)
    return found


def test_what_a_firewall_found_is_its_action_its_rules_and_its_score() -> None:
    line = fields(judged(942100, 941100, 942100), "waf", "waf_rules", "waf_score")
    assert line == {"waf": "blocked", "waf_rules": [942100, 941100], "waf_score": 14}


def test_of_many_rules_the_first_are_told() -> None:
    assert fields(judged(*range(1000, 1064)), "waf_rules") == {"waf_rules": list(range(1000, 1000 + MOST_RULES))}


def test_a_client_that_left_before_an_answer_is_499() -> None:
    assert fields(exchange(), "status") == {"status": 499}


def test_the_time_is_utc_with_milliseconds(monkeypatch: pytest.MonkeyPatch) -> None:
    for now, text in ((1.0625, "1970-01-01T00:00:01.062Z"), (1_700_000_000.5, "2023-11-14T22:13:20.500Z")):
        monkeypatch.setattr("proxy.log_fields.wall_clock", lambda now=now: now)
        assert fields(exchange(), "time") == {"time": text}


def test_the_id_is_the_one_that_the_client_was_shown() -> None:
    one = exchange()
    assert fields(one, "id") == {"id": one.id}
    assert re.fullmatch(r"[0-9a-f]{16}", one.id)


def test_the_query_is_never_logged() -> None:
    assert "secret" not in line_maker(tuple(FIELDS))(exchange())


@given(st.text(), st.text())
def test_a_line_is_one_line_of_json_whatever_a_client_sent(host: str, path: str) -> None:
    odd = exchange(host=host, path=path)
    line = line_maker(("host", "path"))(odd)
    assert line.isascii()
    assert line.count("\n") == 1
    assert json.loads(line) == {"host": host, "path": path}


def test_a_long_path_is_cut_so_that_a_line_stays_an_atomic_write() -> None:
    assert len(line_maker(tuple(FIELDS))(exchange("/" + "a" * 8000))) < ATOMIC_BYTES


def test_an_unknown_field_is_an_error() -> None:
    with pytest.raises(KeyError):
        line_maker(("colour",))
