"""Blobs of rules, whole and otherwise."""

from __future__ import annotations

import pathlib

import pytest
from kit.firewall import blob

from config import waf_rules
from config.waf_rules import HEAD_BYTES, read_rules

WHOLE = blob()


def test_a_blob_lies_beside_the_configuration(tmp_path: pathlib.Path) -> None:
    (tmp_path / "crs.blob").write_bytes(WHOLE)
    assert read_rules("crs.blob", tmp_path) == WHOLE


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "crs.blob holds no compiled rules"),
        (b"SecRule ARGS ...", "crs.blob holds no compiled rules"),
        (WHOLE[: HEAD_BYTES - 1], "crs.blob is cut short"),
        (WHOLE[:-2], "crs.blob is cut short: it has 3 of 5 bytes"),
        (WHOLE + b"x", "crs.blob has more behind its end"),
        (WHOLE.replace(b"\1", b"\2", 1), "crs.blob holds rules of version 2, and this Penstock reads version 1"),
    ],
)
def test_what_is_wrong_is_said_with_the_remedy(tmp_path: pathlib.Path, content: bytes, why: str) -> None:
    (tmp_path / "crs.blob").write_bytes(content)
    with pytest.raises(ValueError, match="penstock waf compile") as raised:
        read_rules("crs.blob", tmp_path)
    assert str(raised.value) == f"{why}; make it with: penstock waf compile RULES_DIR -o crs.blob"


def test_a_file_that_is_not_there_is_named(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read gone\.blob: No such file or directory; make it with"):
        read_rules("gone.blob", tmp_path)


def test_a_directory_is_none(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match=r"cannot read \.: Is a directory"):
        read_rules(".", tmp_path)


def test_no_more_is_read_than_a_blob_may_have(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waf_rules, "MOST_BYTES", 100)
    (tmp_path / "crs.blob").write_bytes(blob(b"x" * 100))
    with pytest.raises(ValueError, match=r"crs\.blob is larger than 100 bytes"):
        read_rules("crs.blob", tmp_path)
