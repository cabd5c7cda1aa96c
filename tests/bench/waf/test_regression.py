"""Regression tests are read in both of their forms."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench.process import BenchError
from bench.waf.regression import load

NEWER = """\
rule_id: 100100
tests:
  - test_id: 1
    stages:
      - input: {uri: "/one", autocomplete_headers: false}
        output: {log: {expect_ids: [100100, 100101]}}
      - input: {uri: "/two", autocomplete_headers: false}
        output: {log: {no_expect_ids: [100100]}, status: 200}
  - test_id: 7
    stages: [{input: {}, output: {status: 400}}]
"""
OLDER = """\
meta: {enabled: true, name: 100200.yaml}
tests:
  - test_title: 100200-1
    stages:
      - stage:
          input: {uri: "/old", stop_magic: true}
          output: {log_contains: 'id "100200"'}
  - test_title: 100200-2
    stages:
      - stage:
          input: {uri: "/old"}
          output: {no_log_contains: 'id "100200"'}
"""


def checkout(directory: Path, **files: str) -> Path:
    """Lay test files out as a checkout has them."""
    group = directory / "tests/regression/tests/REQUEST-100-EXAMPLES"
    group.mkdir(parents=True)
    for name, text in files.items():
        (group / f"{name}.yaml").write_text(text)
    return directory


def test_newer_tests_have_stages_and_the_rules_that_they_expect(tmp_path: Path):
    first, second = load(checkout(tmp_path, r100100=NEWER))
    assert (first.group, first.title, first.expected) == ("REQUEST-100-EXAMPLES", "r100100-1", (100100, 100101))
    assert first.requests == (b"GET /one HTTP/1.1\r\n\r\n", b"GET /two HTTP/1.1\r\n\r\n")
    assert (second.title, second.expected) == ("r100100-7", ())


def test_older_tests_say_the_same_in_other_words(tmp_path: Path):
    first, second = load(checkout(tmp_path, r100200=OLDER))
    assert (first.title, first.expected) == ("100200-1", (100200,))
    assert first.requests == (b"GET /old HTTP/1.1\r\n\r\n",)
    assert second.expected == ()


def test_a_file_that_is_turned_off_or_empty_has_no_tests(tmp_path: Path):
    off = OLDER.replace("enabled: true", "enabled: false")
    assert len(load(checkout(tmp_path, a=NEWER, b=off, c="# nothing yet\n"))) == 2


def test_a_directory_without_tests_is_an_error(tmp_path: Path):
    with pytest.raises(BenchError, match="CRS_TESTS"):
        load(tmp_path)
