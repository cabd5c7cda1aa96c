"""Running the programs that make modules."""

from __future__ import annotations

import os
import pathlib

import pytest
from kit.toolchain import Toolchain

from config.build_tool import BuildFailed, ran, stamp_of


@pytest.fixture
def tools(tmp_path: pathlib.Path) -> Toolchain:
    return Toolchain(tmp_path)


def test_what_a_tool_says_is_returned(tmp_path: pathlib.Path) -> None:
    done = ran(["/bin/sh", "-c", 'echo "$PWD $WORD"; echo careful >&2'], tmp_path, {"WORD": "hello"})
    assert (done.stdout, done.stderr) == (f"{tmp_path} hello\n", "careful\n")


def test_a_failure_is_told_in_the_tools_own_words(tools: Toolchain) -> None:
    tools.fails("zig", "main.zig:1:1: error: expected a thing")
    with pytest.raises(BuildFailed) as failure:
        ran([tools.directory / "zig"], tools.directory)
    assert failure.value.message == "main.zig:1:1: error: expected a thing\nzig failed, with status 101"


def test_a_tool_that_cannot_be_run_is_named(tmp_path: pathlib.Path) -> None:
    (tmp_path / "tool").touch()
    with pytest.raises(BuildFailed, match="tool cannot be run: Permission denied"):
        ran([tmp_path / "tool"], tmp_path)


def test_a_tool_that_was_replaced_has_another_stamp(tools: Toolchain) -> None:
    tools.zig()
    zig = tools.directory / "zig"
    before = stamp_of(zig)
    assert stamp_of(zig) == before
    os.utime(zig, ns=(0, 1))
    assert stamp_of(zig) != before
