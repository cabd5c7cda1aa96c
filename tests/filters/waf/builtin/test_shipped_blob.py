"""The blob that `rules: builtin` stands for is made of the rules that lie beside it."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path

from config.waf_compilation import compiled_rules

WAF = Path(str(files("filters"))) / "waf"


def test_it_is_what_the_rules_compile_to() -> None:
    compiled = compiled_rules([WAF / "builtin"], allow_skipped=False)
    assert compiled.blob == (WAF / "builtin.blob").read_bytes(), "penstock waf compile it again"


def test_nothing_of_the_rules_is_left_out() -> None:
    compiled = compiled_rules([WAF / "builtin"], allow_skipped=False)
    assert list(compiled.skipped) == []
