"""Files that say whom to believe to be the admin; tests/config/test_admin_client.py has handshakes."""

from __future__ import annotations

import pathlib

import click
import pytest

from config.admin_trust import Trust


@pytest.mark.parametrize(
    ("trust", "says"),
    [
        (Trust(ca=pathlib.Path("/nowhere/ca.pem")), "cannot be read: .*No such file"),
        (Trust(shown=(pathlib.Path("/nowhere/a.crt"),)), "cannot be read: .*No such file"),
        (Trust(cert=pathlib.Path("/nowhere/a.crt"), key=pathlib.Path("/nowhere/a.key")), "cannot be used with --key"),
    ],
)
def test_files_that_are_not_there_are_said(trust: Trust, says: str) -> None:
    with pytest.raises(click.BadParameter, match=says):
        trust.context()


def test_a_file_without_a_certificate_is_said(tmp_path: pathlib.Path) -> None:
    file = tmp_path / "a.crt"
    file.write_text("nothing\n")
    with pytest.raises(click.BadParameter, match=r"a\.crt holds no certificate in PEM"):
        Trust(shown=(file,)).context()
    with pytest.raises(click.BadParameter, match="cannot be read"):
        Trust(ca=file).context()
