"""Rules that the firewall's guest cannot work with: `penstock check` says which, where, and what to do."""

from __future__ import annotations

import json
import pathlib
import struct

import pytest
from click.testing import CliRunner
from kit.guarding import RULES, guarded
from kit.seclang import compiled

from config.cli import main
from filters.waf import blob
from filters.waf.blob import MAGIC, VERSION

ANEW = "make it with: penstock waf compile RULES_DIR -o own.blob"


def checked(directory: pathlib.Path, data: bytes | None = None, **options: object) -> str:
    """Check a configuration with these rules in their file; return what is said, without the file's name."""
    file = directory / "penstock.json"
    file.write_text(guarded(directory, **options))  # type: ignore[arg-type]
    if data is not None:
        (directory / "own.blob").write_bytes(data)
    result = CliRunner().invoke(main, ["check", str(file)])
    said = result.stdout + result.stderr
    assert result.exit_code == (0 if said.startswith("ok: ") else 1), said
    return said.replace(f"{file}:", "")


def framed(payload: bytes, version: int = VERSION) -> bytes:
    """Frame a payload with the checksum that belongs to it."""
    return MAGIC + struct.pack("<BIQ", version, len(payload), blob.fnv1a(payload)) + payload


WHOLE = compiled(RULES).blob
HEAD = len(MAGIC) + 13


def test_rules_as_compiled_are_fine(tmp_path: pathlib.Path) -> None:
    assert checked(tmp_path).startswith("ok: ")


@pytest.mark.parametrize(
    ("rules", "says"),
    [
        pytest.param(b"", f"own.blob holds no compiled rules; {ANEW}", id="empty"),
        pytest.param(b"SecRule ARGS a", f"own.blob holds no compiled rules; {ANEW}", id="SecLang"),
        pytest.param(WHOLE[:-1], f"own.blob is cut short: it has {len(WHOLE) - HEAD - 1} of", id="cut"),
        pytest.param(WHOLE + b"x", f"own.blob has more behind its end; {ANEW}", id="too long"),
        pytest.param(
            framed(WHOLE[HEAD:], version=VERSION + 1),
            f"own.blob holds rules of version {VERSION + 1}, and this Penstock reads version {VERSION}; {ANEW}",
            id="of another version",
        ),
    ],
)
def test_a_file_that_is_no_whole_set_of_rules_is_told_with_the_remedy(
    tmp_path: pathlib.Path, rules: bytes, says: str
) -> None:
    said = checked(tmp_path, rules)
    assert "filters.waf.rules: " in said
    assert says in said


@pytest.mark.parametrize(
    "rules",
    [
        pytest.param(WHOLE[:-1] + bytes([WHOLE[-1] ^ 1]), id="a bit that flipped"),
        pytest.param(framed(WHOLE[HEAD:-3]), id="rules that break off"),
        pytest.param(framed(WHOLE[HEAD:] + b"\0"), id="something behind the rules"),
        pytest.param(framed(b""), id="nothing"),
        pytest.param(framed(b"\xff" * 40), id="nonsense"),
    ],
)
def test_what_the_guest_finds_out_is_told_at_the_rules(tmp_path: pathlib.Path, rules: bytes) -> None:
    said = checked(tmp_path, rules)
    assert "filters.waf.rules: own.blob: " in said
    assert "error: waf: " in said


def test_every_byte_that_is_wrong_is_told_and_breaks_nothing(tmp_path: pathlib.Path) -> None:
    """With a checksum that fits, as somebody who means it would write it."""
    payload = WHOLE[HEAD:]
    for at in range(0, len(payload), 7):
        rules = framed(payload[:at] + bytes([payload[at] ^ 0xFF]) + payload[at + 1 :])
        said = checked(tmp_path, rules)
        assert said.startswith("ok: ") or "filters.waf.rules: own.blob: " in said, said
        assert "unreachable" not in said


@pytest.mark.parametrize(
    ("options", "path", "says"),
    [
        ({"exclusions": [{"rules": [77]}]}, "exclusions", "exclusions: there is no rule 77"),
        ({"exclusions": [{"rules": ["70-79"]}]}, "exclusions", "exclusions: there is no rule 70 to 79"),
        ({"exclusions": [{"tags": ["attack-plan"]}]}, "exclusions", 'exclusions: no rule has the tag "attack-plan"'),
    ],
)
def test_options_that_do_not_fit_the_rules_are_told_where_they_stand(
    tmp_path: pathlib.Path, options: dict[str, object], path: str, says: str
) -> None:
    said = checked(tmp_path, **options)
    assert f"filters.waf.{path}: " in said
    assert says in said


def test_a_pattern_that_only_the_guest_refuses_is_told_with_its_rule(tmp_path: pathlib.Path) -> None:
    rules = 'SecRule ARGS "@rx (?:a{1,900}){1,900}b" "id:7,phase:2,deny"'
    said = checked(tmp_path, rules=rules)
    assert "filters.waf.rules: own.blob: " in said
    assert "error: waf: test.conf:1: rule 7: its pattern cannot be taken: " in said


def test_rules_for_which_the_memory_is_too_small_are_told_at_the_limit(tmp_path: pathlib.Path) -> None:
    rules = "".join(
        f"""SecRule ARGS "@rx (?i)[a-z]{{1,900}}{number}" "id:{number},phase:2,deny"\n""" for number in range(1, 300)
    )
    said = checked(tmp_path, rules=rules, limits={"memory": "2MiB"})
    assert "filters.waf.limits.memory: own.blob: " in said


def test_an_override_of_a_route_is_checked_by_itself(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "penstock.json"
    given = json.loads(guarded(tmp_path))
    given["routes"][0]["filters"] = [{"use": "waf", "with": {"exclusions": [{"rules": [77]}]}}]
    file.write_text(json.dumps(given))
    result = CliRunner().invoke(main, ["check", str(file)])
    assert result.exit_code == 1
    assert "routes[0].filters[0].with.exclusions: " in result.stdout + result.stderr
