"""Other corpora are read from JSON lines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bench.process import BenchError
from bench.waf.corpora import load


def test_a_line_is_a_request_on_top_of_ordinary_headers(tmp_path: Path):
    said = {"method": "POST", "target": "/a", "headers": {"Accept": "x/y"}, "body": "a=b c", "label": "attack"}
    (tmp_path / "some.jsonl").write_text(json.dumps(said) + "\n")
    (probe,) = load(tmp_path)
    assert (probe.group, probe.title, probe.label) == ("some", "some:1", "attack")
    (request,) = probe.requests
    assert request.startswith(b"POST /a HTTP/1.1\r\nHost: shop.example\r\n")
    assert b"\r\nAccept: x/y\r\n" in request
    assert request.endswith(b"\r\n\r\na=b+c")


def test_only_the_target_has_to_be_there(tmp_path: Path):
    (tmp_path / "some.jsonl").write_text('{"target": "/"}')
    (probe,) = load(tmp_path)
    assert probe.requests[0].startswith(b"GET / HTTP/1.1\r\n")
    assert probe.label == ""


def test_a_line_ends_where_json_lines_do_and_at_no_other_separator(tmp_path: Path):
    (tmp_path / "some.jsonl").write_text('{"target": "/", "body": "a\u2028b"}\n{"target": "/"}\n', encoding="utf-8")
    assert [probe.title for probe in load(tmp_path)] == ["some:1", "some:2"]


def test_a_directory_without_corpora_is_an_error(tmp_path: Path):
    with pytest.raises(BenchError, match=r"no \*\.jsonl"):
        load(tmp_path)
