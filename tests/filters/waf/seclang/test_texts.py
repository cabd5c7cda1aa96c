"""Text of any bytes."""

from __future__ import annotations

import pathlib

import pytest

from filters.waf.seclang.texts import Unreadable, read_text


def test_ends_of_line_stay(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"a\r\nb\n\rc")
    assert read_text(tmp_path / "a") == "a\r\nb\n\rc"


def test_bytes_that_are_no_text_can_be_had_back(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"caf\xe9 \xc3\xa9")
    text = read_text(tmp_path / "a")
    assert text.endswith("é")
    assert text.encode("utf-8", "surrogateescape") == b"caf\xe9 \xc3\xa9"


def test_mark_of_byte_order_is_no_text(tmp_path: pathlib.Path) -> None:
    (tmp_path / "a").write_bytes(b"\xef\xbb\xbfSecMarker A")
    assert read_text(tmp_path / "a") == "SecMarker A"


@pytest.mark.parametrize(
    ("name", "reason"),
    [("none", "No such file"), ("", "is no regular file"), ("x" * 300, "name too long"), ("a\0b", "null byte")],
)
def test_what_cannot_be_read_is_said(tmp_path: pathlib.Path, name: str, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        read_text(tmp_path / name)


def test_device_is_not_waited_for() -> None:
    with pytest.raises(Unreadable, match="/dev/zero is no regular file"):
        read_text(pathlib.Path("/dev/zero"))
