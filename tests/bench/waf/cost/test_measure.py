"""A server is measured only where it lets the traffic through, and an attack not."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.process import BenchError, Process, free_port
from bench.waf.cost.measure import Plan, check, rest
from bench.waf.cost.traffic import TRAFFIC
from bench.waf.rules import Rules

SERVER = '''\
"""A server that answers paths with a word in them with 403, and all others with 200."""
import http.server, sys

class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(403 if sys.argv[2] in self.path else 200)
        self.send_header("Content-Length", "0")
        self.end_headers()

http.server.HTTPServer(("127.0.0.1", int(sys.argv[1])), Handler).serve_forever()
'''
GET = TRAFFIC[0]
RULES = Rules(Path("/crs/setup"), Path("/crs/rules"), "4.99.0")


def blocking(directory: Path, word: str) -> Process:
    port = free_port()
    process = Process("simple", [sys.executable, "-c", SERVER, str(port), word], directory, port)
    process.wait_until_listening()
    return process


def test_a_server_that_blocks_an_attack_alone_is_measured(tmp_path: Path):
    with blocking(tmp_path, "union") as server:
        check(server, GET)
        rest(server)


def test_a_server_that_blocks_nothing_is_not(tmp_path: Path):
    with blocking(tmp_path, "no such word") as server, pytest.raises(BenchError, match="an attack with 200, not 403"):
        check(server, GET)


def test_a_server_that_blocks_the_traffic_is_not(tmp_path: Path):
    with blocking(tmp_path, "small") as server, pytest.raises(BenchError, match="get with 403, not 200"):
        check(server, GET)


def test_the_reference_goes_first_and_may_go_alone():
    both, alone = (Plan([RULES], TRAFFIC, only, 1, 1.0).servers(RULES) for only in (False, True))
    assert [server.name for server in both] == ["modsecurity", "penstock"]
    assert [server.name for server in alone] == ["modsecurity"]
