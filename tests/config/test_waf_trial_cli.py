"""`penstock waf test`: what it says, and what it ends with."""

from __future__ import annotations

import json
import pathlib
import re
import shlex
import subprocess
import sys

import pytest
from click.testing import CliRunner, Result
from kit.seclang import compiled

from config.cli import main

ROOT = pathlib.Path(__file__).parents[2]
RULES = """
SecRule ARGS "@contains attack" "id:1,phase:2,deny,status:403,log,msg:'an attack',severity:CRITICAL,\\
    setvar:tx.blocking_inbound_anomaly_score=+%{tx.points}"
SecRule TX:blocking_inbound_anomaly_score "@ge %{tx.inbound_anomaly_score_threshold}" "id:2,phase:2,deny,log,msg:'much'"
SecRule ARGS "@contains odd" "id:3,phase:1,deny,log,msg:'odd',tag:'paranoia-level/2'"
"""
SCORING = RULES.replace("deny,status:403,log", "pass,log")


@pytest.fixture(autouse=True)
def directory(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own").mkdir()
    (tmp_path / "own/rules.conf").write_text(RULES)
    (tmp_path / "own.blob").write_bytes(compiled(RULES).blob)
    (tmp_path / "some.txt").write_text("# bad\nGET /?q=an+attack\nGET /\n")
    return tmp_path


def penstock(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["waf", "test", *map(str, arguments)])


def test_it_tells_what_would_be_blocked_and_by_which_rule() -> None:
    result = penstock("--rules", "own.blob", "--set", "points=3", "some.txt")
    assert (result.exit_code, result.stderr) == (0, "")
    assert (
        result.stdout
        == """\
some.txt:2: bad
  blocked: 403, score 3, by rule 1 in phase 2
    1 CRITICAL an attack
      ARGS:q: an attack
      test.conf:2
some.txt:3: GET /
  passed: 200
2 requests: 1 blocked, 1 passed
"""
    )


@pytest.mark.parametrize("rules", ["own", "own/rules.conf"])
def test_rules_are_compiled_in_memory(directory: pathlib.Path, rules: str) -> None:
    before = sorted(directory.rglob("*"))
    result = penstock("--rules", rules, "some.txt")
    assert "  blocked: 403, score 0, by rule 1 in phase 2\n" in result.stdout
    assert "      rules.conf:2\n" in result.stdout
    assert sorted(directory.rglob("*")) == before


def test_paranoia_threshold_mode_and_variables_are_those_of_the_filter(directory: pathlib.Path) -> None:
    (directory / "own/rules.conf").write_text(SCORING)

    def first(*given: str) -> str:
        return str(penstock("--rules", "own", *given, "some.txt").stdout.splitlines()[1].strip())

    (directory / "some.txt").write_text("GET /?q=attack")
    assert first("--set", "points=5") == "blocked: 403, score 5, by rule 2 in phase 2"
    assert first("--set", "points=5", "--threshold", "6") == "passed: 200, score 5"
    assert first("--set", "points=5", "--mode", "detect") == "detected: 200, score 5, by rule 2 in phase 2"
    (directory / "some.txt").write_text("GET /?q=odd")
    assert first() == "passed: 200"
    assert first("--paranoia", "2") == "blocked: 403, score 0, by rule 3 in phase 1"


def test_json_is_a_line_for_each_request() -> None:
    result = penstock("--rules", "own.blob", "--json", "some.txt")
    first, second = map(json.loads, result.stdout.splitlines())
    assert (first["file"], first["line"], first["title"], first["request"]) == (
        "some.txt",
        2,
        "bad",
        "GET /?q=an+attack",
    )
    assert (first["outcome"], first["status"], first["failure"]) == ("blocked", 403, None)
    assert (first["judgement"]["rule"], first["judgement"]["matches"][0]["target"]) == (1, "ARGS:q")
    assert (second["outcome"], second["judgement"]) == ("passed", None)


def test_what_was_expected_decides_how_it_ends() -> None:
    mixed = penstock("--rules", "own.blob", "--expect", "blocked", "some.txt")
    assert (mixed.exit_code, mixed.stderr) == (1, "some.txt:3: passed, but expected to be blocked\n")
    mixed = penstock("--rules", "own.blob", "--expect", "passed", "some.txt")
    assert (mixed.exit_code, mixed.stderr) == (1, "some.txt:2: blocked, but expected to be passed\n")


def test_what_is_as_expected_ends_well(directory: pathlib.Path) -> None:
    (directory / "some.txt").write_text("GET /?q=attack\nGET /../x\n")
    assert penstock("--rules", "own.blob", "--expect", "blocked", "some.txt").exit_code == 0
    (directory / "some.txt").write_text("GET /\n")
    assert penstock("--rules", "own.blob", "--expect", "passed", "some.txt").exit_code == 0


def test_what_is_only_detected_is_not_blocked() -> None:
    given = ("--rules", "own.blob", "--mode", "detect", "some.txt")
    assert penstock("--expect", "passed", *given).exit_code == 0
    assert penstock("--expect", "blocked", *given).exit_code == 1


def test_all_files_are_read_before_any_is_tried(directory: pathlib.Path) -> None:
    (directory / "bad.txt").write_text("GET /\nwhat\n")
    result = penstock("--rules", "own.blob", "some.txt", "bad.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("bad.txt:2: 'what' begins no request; write GET /path?x=1 alone")


@pytest.mark.parametrize(
    ("given", "says"),
    [
        (["--rules", "gone.blob"], "cannot read gone.blob: No such file or directory; make it with: penstock waf"),
        (["--rules", "some.txt"], "some.txt holds no compiled rules; make it with: penstock waf compile"),
        (["--rules", "empty"], "empty:1: the directory has no rules; name one that has *.conf"),
        (["--rules", "own.blob", "--paranoia", "5"], "paranoia: must be at most 4"),
        (["--rules", "own.blob", "--threshold", "0"], "thresholds.inbound: must be at least 1"),
        (["--rules", "own.blob", "--mode", "detct"], "mode: unknown word 'detct'; did you mean 'detect'?"),
        (["--rules", "own.blob", "--set", "paranoia_level=2"], "paranoia_level is an option of its own: paranoia"),
        (["--rules", "own.blob", "--set", "x"], "'x' has no value; write NAME=VALUE"),
        (["--rules", "own.blob", "--expect", "block"], "'block' is not one of 'blocked', 'passed'"),
    ],
)
def test_what_it_cannot_work_with_is_said_with_the_remedy(directory: pathlib.Path, given: list[str], says: str) -> None:
    (directory / "empty").mkdir()
    result = penstock(*given, "some.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert says in result.stderr


def test_rules_that_cannot_be_compiled_are_named(directory: pathlib.Path) -> None:
    (directory / "own/rules.conf").write_text('SecRule ARGS "@rbl a" "id:5,pass"\n')
    result = penstock("--rules", "own", "some.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert "own/rules.conf:1: rule 5: the operator @rbl is not supported" in result.stderr
    assert penstock("--rules", "own", "--allow-skipped", "some.txt").exit_code == 0


def test_rules_that_the_guest_refuses_are_named(directory: pathlib.Path) -> None:
    text = 'SecRule ARGS "@rx (?:a{1,900}){1,900}b" "id:7,phase:2,deny"'
    (directory / "own/rules.conf").write_text(text)
    result = penstock("--rules", "own", "some.txt")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith("own: rules.conf:1: rule 7: its pattern cannot be taken")


def test_compile_writes_nothing_that_the_guest_refuses(directory: pathlib.Path) -> None:
    text = 'SecRule ARGS "@rx (?:a{1,900}){1,900}b" "id:7,phase:2,deny,tag:paranoia-level/4"'
    (directory / "own/rules.conf").write_text(text)
    (directory / "old.blob").write_bytes(b"old")
    result = CliRunner().invoke(main, ["waf", "compile", "own", "-o", "old.blob"])
    assert (result.exit_code, result.stdout) == (1, "")
    first, second, third = result.stderr.splitlines()
    assert first == "the firewall's module refuses what was compiled, so nothing is written:"
    assert second.startswith("rules.conf:1: rule 7: its pattern cannot be taken: ")
    assert third == "take the rule out with SecRuleRemoveById, or change it"
    assert (directory / "old.blob").read_bytes() == b"old"


def test_the_page_shows_what_it_says(directory: pathlib.Path) -> None:
    section = (ROOT / "docs/waf.md").read_text().partition("### Try requests\n")[2].partition("\n## ")[0]
    requests, rules, console = re.findall(r"^```(?:console)?\n(.*?)^```", section, re.MULTILINE | re.DOTALL)
    (directory / "requests.txt").write_text(requests)
    (directory / "own.conf").write_text(rules)
    command, _, said = console.partition("\n")
    result = CliRunner().invoke(main, shlex.split(command)[2:])
    assert (result.exit_code, result.stdout) == (0, said)


def test_help_does_without_wasmtime() -> None:
    program = "import sys; import config.waf_trial_cli; sys.exit('wasmtime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=False).returncode == 0
