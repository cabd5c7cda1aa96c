"""The rules that are added to every rule set."""

from __future__ import annotations

from pathlib import Path

from filters.waf.library import BASE, read_on_base
from filters.waf.rule import Rule


def test_the_base_comes_before_what_is_asked_for(tmp_path: Path) -> None:
    own = tmp_path / "own.conf"
    own.write_text('SecAction "id:1,phase:1,pass,nolog"\n')
    rules = [each for each in read_on_base([own]).statements if isinstance(each, Rule)]
    assert {rule.place.file for rule in rules[:-1]} == {str(BASE)}
    assert rules[-1].id == 1
