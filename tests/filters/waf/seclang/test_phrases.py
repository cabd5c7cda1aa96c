"""Files of phrases and of networks."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Mapping

from filters.waf.seclang.phrases import PhraseFiles, networks, words
from filters.waf.seclang.tables import OPERATORS

Files = Callable[[Mapping[str, str]], pathlib.Path]


def test_each_line_is_a_phrase_exactly() -> None:
    assert words("select from\n  leading\ntrailing \nit's #1\n") == ["select from", "  leading", "trailing ", "it's #1"]


def test_comments_and_empty_lines_are_no_phrases() -> None:
    assert words("# one\n  # two\n\n \t\r\nword\r\n#") == ["word"]


def test_networks_stand_on_lines_or_between_commas() -> None:
    assert networks("192.0.2.1\n198.51.100.0/24 , 2001:db8::/32 # ours\n# none\n\r\n") == [
        "192.0.2.1",
        "198.51.100.0/24",
        "2001:db8::/32",
    ]


def test_files_are_read_in_the_order_named(files: Files) -> None:
    directory = files({"b.data": "b\n", "a.data": "a\n", "deep/c.data": "c"})
    found = PhraseFiles().read(OPERATORS["pmfromfile"], "b.data a.data deep/c.data", directory, [].append)
    assert found == ("b", "a", "c")


def test_operator_says_what_its_files_hold(files: Files) -> None:
    directory = files({"a.data": "a, b # c\n"})
    reading = PhraseFiles()
    assert reading.read(OPERATORS["pmf"], "a.data", directory, [].append) == ("a, b # c",)
    assert reading.read(OPERATORS["ipmatchf"], "a.data", directory, [].append) == ("a", "b")


def test_missing_file_is_reported_and_the_others_are_read(files: Files) -> None:
    problems: list[str] = []
    directory = files({"a.data": "a\n"})
    found = PhraseFiles().read(OPERATORS["pmfromfile"], "none.data a.data", directory, problems.append)
    assert found == ("a",)
    (problem,) = problems
    assert problem.startswith(f"@pmFromFile cannot read {directory}/none.data: No such file")
    assert problem.endswith(f"; write a file's path, from {directory}")
