"""`penstock waf`: what it writes, says, and ends with."""

from __future__ import annotations

import os
import pathlib

import pytest
from click.testing import CliRunner, Result

from config.cli import main
from config.waf_compilation import Unfit, compile_to
from config.waf_summary import grouped
from filters.waf import blob
from filters.waf.refusal import Note
from filters.waf.rule import Place

RULES = """
SecComponentSignature mine/1
SecRequestBodyLimit 1000
SecRule ARGS "@pm a b" "id:1001,phase:2,deny,t:lowercase,tag:'paranoia-level/1'"
SecRule ARGS "@rx a" "id:1002,phase:1,pass,chain,tag:'paranoia-level/2'"
  SecRule ARGS "@rx b"
SecAction "id:2001,phase:1,pass,initcol:ip=1"
"""
BASE_IDS = [9100010, 9100020, 9100030]
"""What is added to every rule set (filters/waf/base.conf)."""
BAD = 'SecRule ARGS "@rbl a" "id:5,pass"\nSecRule ARGS "@rx (" "id:6,pass"\n'


def waf(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["waf", *map(str, arguments)])


@pytest.fixture
def rules(tmp_path: pathlib.Path) -> pathlib.Path:
    file = tmp_path / "rules.conf"
    file.write_text(RULES)
    return file


@pytest.fixture
def output(tmp_path: pathlib.Path) -> pathlib.Path:
    return tmp_path / "out" / "rules.blob"


@pytest.fixture(autouse=True)
def directory(output: pathlib.Path) -> None:
    output.parent.mkdir()


def test_compile_writes_the_blob_and_says_what_it_holds(rules: pathlib.Path, output: pathlib.Path) -> None:
    result = waf("compile", rules, "-o", output)
    assert result.exit_code == 0
    assert [rule.id for rule in blob.read(output.read_bytes()).rules] == [*BASE_IDS, 1001, 1002, 0, 2001]
    lines = result.output.splitlines()
    assert lines[:6] == [
        "name: mine/1",
        "rules: 6, and 1 chained to them",
        "by phase: 1: 2, 2: 4",
        "by paranoia level (0: none given): 0: 4, 1: 1, 2: 1",
        "patterns: 2, of 14 bytes",
        "phrases: 2, in 1 sets",
    ]
    assert f"size: {output.stat().st_size} bytes" in lines
    assert f"note: the action initcol is accepted, without effect ({rules}:7)" in lines


def test_nothing_but_the_blob_is_left_and_others_may_read_it(rules: pathlib.Path, output: pathlib.Path) -> None:
    output.write_bytes(b"old")
    waf("compile", rules, "-o", output)
    assert os.listdir(output.parent) == [output.name]
    assert output.stat().st_mode & 0o777 == 0o644


def test_what_cannot_be_taken_is_listed_and_nothing_is_written(rules: pathlib.Path, output: pathlib.Path) -> None:
    output.write_bytes(b"old")
    rules.write_text(BAD)
    result = waf("compile", rules, "-o", output)
    assert result.exit_code == 1
    assert result.stdout == ""
    assert result.stderr.splitlines() == [
        f"{rules}:1: rule 5: the operator @rbl is not supported",
        f"{rules}:2: rule 6: its pattern cannot be taken: a '(' has no ')'",
        "2 errors; take these out (a rule with SecRuleRemoveById), or compile without them: --allow-skipped",
    ]
    assert output.read_bytes() == b"old"


def test_what_cannot_be_taken_is_skipped_by_leave_and_listed(rules: pathlib.Path, output: pathlib.Path) -> None:
    rules.write_text(RULES + BAD)
    result = waf("compile", rules, "-o", output, "--allow-skipped")
    assert result.exit_code == 0
    assert f"skipped: {rules}:8: rule 5: the operator @rbl is not supported" in result.output
    assert len(blob.read(output.read_bytes()).rules) == len(BASE_IDS) + 4


def test_malformed_rules_are_told_with_their_places(rules: pathlib.Path, output: pathlib.Path) -> None:
    rules.write_text('SecNope a\nSecRule ARGS "@rx a" "pass"\n')
    result = waf("compile", rules, "-o", output)
    assert result.exit_code == 1
    assert [line.partition(": ")[0] for line in result.stderr.splitlines()] == [f"{rules}:1", f"{rules}:2", "2 errors"]


def test_a_place_that_cannot_be_written_is_told(rules: pathlib.Path, tmp_path: pathlib.Path) -> None:
    result = waf("compile", rules, "-o", tmp_path / "nowhere" / "a.blob")
    assert result.exit_code == 1
    assert result.stderr.startswith(f"cannot write {tmp_path}/nowhere/a.blob: No such file")


def test_a_directory_in_the_output_s_place_leaves_nothing_behind(rules: pathlib.Path, tmp_path: pathlib.Path) -> None:
    (tmp_path / "taken").mkdir()
    before = sorted(os.listdir(tmp_path))
    assert waf("compile", rules, "-o", tmp_path / "taken").exit_code == 1
    assert sorted(os.listdir(tmp_path)) == before


def test_nothing_is_written_before_all_is_compiled(rules: pathlib.Path, output: pathlib.Path) -> None:
    rules.write_text(BAD)
    with pytest.raises(Unfit, match="2 errors"):
        list(compile_to(output, [rules], allow_skipped=False))
    assert not output.exists()


def test_show_says_what_a_blob_holds(rules: pathlib.Path, output: pathlib.Path) -> None:
    compiled = waf("compile", rules, "-o", output).output.splitlines()
    lines = waf("show", output).output.splitlines()
    assert lines[:8] == compiled[:8]
    assert lines[8:] == ["SecRequestBodyLimit: 1000", "ids:", "  1001 1002", "  2001", "  9100010 9100020 9100030"]


def test_show_tells_what_is_no_blob(rules: pathlib.Path, tmp_path: pathlib.Path) -> None:
    for file, what in ((rules, "it is no blob of rules"), (tmp_path / "none", "No such file or directory")):
        result = waf("show", file)
        assert result.exit_code == 1
        assert str(file) in result.stderr
        assert what in result.stderr


def test_a_note_that_holds_in_many_places_names_a_few() -> None:
    notes = [Note(Place("a.conf", line), "n") for line in range(1, 6)]
    assert list(grouped(notes)) == ["n (a.conf:1, a.conf:2, a.conf:3 and 2 more)"]
