"""Where the suite comes from, and how it is told what to do."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from bench.cache_suite import suite
from bench.cache_suite.suite import fetch, npm_config, output_of, suite_source
from bench.process import BenchError


@pytest.fixture
def copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CACHE_TESTS", str(tmp_path))
    return tmp_path


def test_a_copy_that_is_named_is_taken(copy: Path):
    (copy / "test-engine").mkdir()
    (copy / "test-engine/cli.mjs").touch()
    assert suite_source() == copy


def test_a_directory_without_the_engine_is_no_copy(copy: Path):
    with pytest.raises(BenchError, match=r"holds no test-engine/cli\.mjs"):
        suite_source()


def test_a_clone_that_fails_leaves_nothing_and_says_what_else_can_be_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(suite, "REPOSITORY", str(tmp_path / "nowhere"))
    with pytest.raises(BenchError, match="CACHE_TESTS=/path/to/cache-tests"):
        fetch(tmp_path / "clone")
    assert list(tmp_path.iterdir()) == []


def test_what_is_fetched_stays_in_the_users_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert suite.cache_directory() == tmp_path / "penstock-conformance"


def test_settings_go_as_npm_would_hand_them_over():
    said = npm_config({"base": "http://127.0.0.1:1", "id": ""})
    assert said["npm_config_base"] == "http://127.0.0.1:1"
    assert said["npm_config_id"] == said["npm_package_config_id"] == ""


def test_a_command_that_fails_is_an_error_with_its_words():
    with pytest.raises(BenchError, match="status 3:\nno such thing"):
        output_of([sys.executable, "-c", "import sys; print('no such thing', file=sys.stderr); sys.exit(3)"])


def test_a_command_gets_its_input_and_environment():
    program = "import os, sys; print(sys.stdin.read() + os.environ['WORD'])"
    assert output_of([sys.executable, "-c", program], "given ", {"WORD": "said"}) == "given said\n"


def test_a_command_that_is_not_there_is_named():
    with pytest.raises(BenchError, match="no-such-command is not installed"):
        output_of(["no-such-command"])
