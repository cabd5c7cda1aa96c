"""Probes go to both servers, and their outcomes are laid together."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.cache_suite.servers.server import Place
from bench.process import BenchError
from bench.waf import judge
from bench.waf.probe import Probe
from bench.waf.rules import Rules
from bench.waf.servers import Waf
from bench.waf.verdict import Verdict

SERVER = '''\
"""A server that lets everything through but what has a word in it, which it notes as nginx would."""
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        bad = sys.argv[2] in self.path
        if bad:
            with open("nginx-error.log", "a") as log:
                log.write(f'[info] ModSecurity: Warning. [id "7"]{sys.argv[3]}\\n')
        self.send_response(403 if bad else 200)
        if not bad:
            self.send_header("X-From-Origin", "yes")
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''


class Simple(Waf):
    """A server with a WAF of one word."""

    name = title = "simple"
    word = "evil"
    note = ""

    def __init__(self, rules: Rules, tells_rules: bool = False) -> None:
        super().__init__(rules)

    def find(self) -> Path:
        return Path(sys.executable)

    def version(self) -> str:
        return "1"

    def files(self, place: Place) -> dict[str, str]:
        return {"server.py": SERVER, "nginx-error.log": ""}

    def command(self, place: Place) -> list[str | Path]:
        return [self.find(), "server.py", str(place.port), self.word, self.note]


class Other(Simple):
    word = "odd"


class Crashing(Simple):
    note = "worker process 7 exited on signal 11"


def probe(*paths: str) -> Probe:
    requests = tuple(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode() for path in paths)
    return Probe("file", "+".join(paths), requests, expected=(7,), label="attack")


PROBES: Sequence[Probe] = (probe("/evil"), probe("/odd"), probe("/", "/evil-odd", "/"))


@pytest.fixture
def rules(tmp_path: Path) -> Rules:
    (tmp_path / "setup").write_text("")
    (tmp_path / "rules").mkdir()
    return Rules(tmp_path / "setup", tmp_path / "rules", "4.0.0")


def test_both_servers_judge_each_probe(rules: Rules, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(judge, "ModSecurity", Simple)
    monkeypatch.setattr(judge, "Penstock", Other)
    assert judge.judge(rules, PROBES) == [
        Verdict("file", "/evil", (7,), "attack", "blocked", (7,), "passed"),
        Verdict("file", "/odd", (7,), "attack", "passed", (), "blocked"),
        Verdict("file", "/+/evil-odd+/", (7,), "attack", "blocked", (7,), "blocked"),
    ]


def test_a_reference_that_crashes_judges_nothing(rules: Rules, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(judge, "ModSecurity", Crashing)
    with pytest.raises(BenchError, match="crashed"):
        judge.refer(rules, PROBES)
