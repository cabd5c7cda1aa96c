"""Both servers are told the same: these rules, before this origin, to block."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import yaml

from bench.cache_suite.servers.server import Place
from bench.process import BenchError
from bench.waf.rules import Rules
from bench.waf.servers import ModSecurity, Penstock, Waf
from bench.waf.servers.penstock import configuration

PLACE = Place(Path("/nowhere"), port=8080, origin_port=9000)
RULES = Rules(Path("/crs/setup"), Path("/crs/rules"), "4.99.0")


def test_the_reference_blocks_and_looks_at_both_bodies():
    files = ModSecurity(RULES).files(PLACE)
    engine = files["modsecurity.conf"]
    for said in ("SecRuleEngine On", "SecRequestBodyAccess On", "SecResponseBodyAccess On"):
        assert said in engine
    assert "Include /nowhere/crs/crs-setup.conf\nInclude /nowhere/crs/rules/*.conf" in engine
    assert "listen 127.0.0.1:8080 " in files["nginx.conf"]
    assert "server 127.0.0.1:9000 " in files["nginx.conf"]
    assert files["nginx.conf"].count("{") == files["nginx.conf"].count("}")


def test_the_reference_names_the_rules_that_matched_only_where_it_is_to():
    assert "error.log info;" in ModSecurity(RULES, tells_rules=True).files(PLACE)["nginx.conf"]
    assert "error.log error;" in ModSecurity(RULES).files(PLACE)["nginx.conf"]


def test_penstock_has_the_filter_on_its_one_route():
    document = configuration(PLACE)
    waf = {"type": "waf", "rules": "/nowhere/crs.blob", "mode": "enforce", "paranoia": 1}
    assert document["filters"] == {"waf": waf}
    assert document["routes"] == [{"name": "all", "filters": ["waf"], "upstream": "origin"}]
    assert yaml.safe_load(Penstock(RULES).files(PLACE)["penstock.yaml"]) == document


def test_a_server_finds_its_rules_laid_out_before_it_starts(tmp_path: Path):
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.conf").write_text("# a rule\n")
    (tmp_path / "setup").write_text("# the setup\n")
    seen = []

    class Listening(Waf):
        name = title = "listening"

        def find(self) -> Path:
            return Path(sys.executable)

        def version(self) -> str:
            return "1"

        def files(self, place: Place) -> dict[str, str]:
            return {}

        def command(self, place: Place) -> list[str | Path]:
            return [self.find(), "-m", "http.server", str(place.port), "--bind", "127.0.0.1"]

        def prepare(self, staged: Path) -> None:
            seen.append((staged / "rules/a.conf").read_text())

    with Listening(Rules(tmp_path / "setup", tmp_path / "rules", "4.0.0")).running(tmp_path, 9000):
        assert seen == ["# a rule\n"]


def test_rules_that_penstock_does_not_take_are_an_error(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(Penstock, "find", lambda _: Path("/bin/false"))
    with pytest.raises(BenchError, match="waf compile ended with status 1"):
        Penstock(RULES).prepare(tmp_path)
