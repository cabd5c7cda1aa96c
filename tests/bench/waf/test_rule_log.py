"""The rules that matched are read from nginx's error log."""

from __future__ import annotations

from pathlib import Path

from bench.waf.rule_log import RuleLog

LINE = (
    '2026/01/01 00:00:00 [info] 7#7: *1 ModSecurity: Warning. Matched "x" [file "/a"] [line "1"] [id "{}"] [msg "m"]\n'
)


def test_each_rule_is_told_once_and_only_since_the_last_look(tmp_path: Path):
    path = tmp_path / "error.log"
    path.write_text(LINE.format(1) + LINE.format(2) + LINE.format(1) + '[info] client closed [id "9"]\n')
    log = RuleLog(path)
    assert log.take() == (1, 2)
    assert log.take() == ()
    with path.open("a") as more:
        more.write(LINE.format(3))
    assert log.take() == (3,)
