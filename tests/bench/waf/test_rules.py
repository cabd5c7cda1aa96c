"""Rule sets are found, named by their version, and laid out in one form."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.process import BenchError
from bench.waf.rules import find_rules, named_by, rules_in


def rule_set(directory: Path, setup: str = "crs-setup.conf.example") -> Path:
    """Write a rule set of no rules, as a checkout has one."""
    (directory / "rules").mkdir()
    (directory / "rules/REQUEST-901.conf").write_text('SecComponentSignature "OWASP_CRS/4.99.1-dev"\n')
    (directory / "rules/words.data").write_text("word\n")
    (directory / "rules/EXCLUSIONS.conf.example").write_text("# not in use\n")
    (directory / setup).write_text("# the setup\n")
    return directory


def test_a_checkout_says_which_version_it_is(tmp_path: Path):
    rules = find_rules(str(rule_set(tmp_path)))
    assert (rules.version, rules.name, rules.title) == ("4.99.1-dev", "crs4", "OWASP CRS 4.99.1-dev")


def test_a_setup_of_ones_own_goes_before_the_example(tmp_path: Path):
    (rule_set(tmp_path) / "crs-setup.conf").write_text("# mine\n")
    assert rules_in(tmp_path).setup.read_text() == "# mine\n"


def test_rules_and_their_words_are_laid_out_beside_the_setup(tmp_path: Path):
    (tmp_path / "from").mkdir()
    staged = rules_in(rule_set(tmp_path / "from")).stage(tmp_path / "to")
    names = {str(path.relative_to(staged)) for path in staged.rglob("*") if path.is_file()}
    assert names == {"crs-setup.conf", "rules/REQUEST-901.conf", "rules/words.data"}


def test_what_is_no_rule_set_is_an_error(tmp_path: Path):
    with pytest.raises(BenchError, match="no rules in"):
        rules_in(tmp_path)
    rule_set(tmp_path)
    (tmp_path / "rules/REQUEST-901.conf").write_text("# nothing\n")
    with pytest.raises(BenchError, match="do not say which version"):
        rules_in(tmp_path)


def test_newer_rules_are_where_the_environment_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("CRS_DIR", str(rule_set(tmp_path)))
    assert find_rules("crs4").directory == tmp_path / "rules"
    monkeypatch.delenv("CRS_DIR")
    with pytest.raises(BenchError, match="CRS_DIR names no directory"):
        named_by("CRS_DIR")
