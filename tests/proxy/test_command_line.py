"""How a process is started anew."""

import subprocess
import sys
from pathlib import Path

import pytest

from proxy.command_line import command_line

PYTHON = "/opt/proxy/current/bin/python"


def test_a_module_is_run_by_the_python_that_was_named_unresolved() -> None:
    given = [PYTHON, "-P", "-m", "config.cli", "run", "proxy.yaml"]
    assert command_line(given, ["/opt/proxy/1/lib/config/cli.py", "run", "proxy.yaml"]) == given


def test_code_is_run_again() -> None:
    assert command_line([PYTHON, "-c", "print()", "a"], ["-c", "a"]) == [PYTHON, "-c", "print()", "a"]


@pytest.fixture
def script(tmp_path: Path) -> Path:
    path = tmp_path / "penstock"
    path.write_text("#!/opt/proxy/2/bin/python -P\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize("options", [[], ["-P"]])
def test_a_program_is_run_as_one_so_that_it_finds_its_own_python(script: Path, options: list[str]) -> None:
    given = ["/opt/proxy/1/bin/python", *options, str(script), "run", "proxy.yaml"]
    assert command_line(given, [str(script), "run", "proxy.yaml"]) == [str(script), "run", "proxy.yaml"]


def test_a_program_keeps_options_that_only_the_operator_gave(script: Path) -> None:
    given = [PYTHON, "-X", "dev", str(script), "run"]
    assert command_line(given, [str(script), "run"]) == given


def test_a_script_that_is_no_program_is_run_by_the_python_that_was_named(script: Path) -> None:
    script.chmod(0o644)
    assert command_line([PYTHON, str(script)], [str(script)]) == [PYTHON, str(script)]


def test_a_link_that_leads_to_a_new_version_starts_the_new_version(tmp_path: Path) -> None:
    """Two versions, and a link that is changed between the start and the restart."""
    root = str(Path(__file__).parents[2])
    for version in ("1", "2"):
        program = tmp_path / version / "penstock"
        program.parent.mkdir()
        program.write_text(
            f"#!{sys.executable}\n"
            f"import os, pathlib, sys\nsys.path.insert(0, {root!r})\nfrom proxy.command_line import command_line\n"
            f"print({version!r}, flush=True)\nlink = pathlib.Path(sys.argv[1])\nlink.unlink()\nlink.symlink_to('2')\n"
            "if sys.argv[2] == 'again':\n"
            "    command = command_line()\n    os.execvp(command[0], [*command[:-1], 'once'])\n"
        )
        program.chmod(0o755)
    link = tmp_path / "current"
    link.symlink_to("1")
    answer = subprocess.run(
        [link / "penstock", link, "again"], stdout=subprocess.PIPE, text=True, check=True, timeout=60
    )
    assert answer.stdout.split() == ["1", "2"]
