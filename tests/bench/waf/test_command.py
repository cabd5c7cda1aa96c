"""What is judged by what: the tests of the rules' own generation."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.process import BenchError
from bench.waf.__main__ import chosen
from bench.waf.rules import Rules, rules_in

TEST = "tests: [{test_id: 1, stages: [{input: {}, output: {}}]}]\n"


@pytest.fixture
def rules(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Rules:
    """Return the rules of a checkout, which CRS_TESTS names."""
    (tmp_path / "rules").mkdir()
    (tmp_path / "rules/a.conf").write_text('SecComponentSignature "OWASP_CRS/4.1.0"\n')
    (tmp_path / "crs-setup.conf").write_text("")
    group = tmp_path / "tests/regression/tests/SOME"
    group.mkdir(parents=True)
    (group / "1.yaml").write_text(TEST)
    monkeypatch.setenv("CRS_TESTS", str(tmp_path))
    return rules_in(tmp_path)


def test_rules_are_judged_by_their_own_tests(rules: Rules):
    probes, name, title = chosen(rules, other=False)
    assert ([probe.title for probe in probes], name) == (["1-1"], "waf_crs4")
    assert title == "CRS's regression tests (4.1.0), OWASP CRS 4.1.0"


def test_tests_of_another_generation_do_not_judge(rules: Rules):
    older = Rules(rules.setup, rules.directory, "3.3.4")
    with pytest.raises(BenchError, match=r"are those of OWASP CRS 4\.1\.0, the rules are OWASP CRS 3\.3\.4"):
        chosen(older, other=False)


def test_other_corpora_are_where_the_environment_says(rules: Rules, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    (tmp_path / "lines.jsonl").write_text('{"target": "/"}\n')
    monkeypatch.setenv("WAF_CORPORA", str(tmp_path))
    probes, name, _ = chosen(rules, other=True)
    assert ([probe.title for probe in probes], name) == (["lines:1"], "waf_corpora_crs4")
