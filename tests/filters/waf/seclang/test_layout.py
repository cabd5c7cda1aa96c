"""Rule files of a directory."""

from __future__ import annotations

import pathlib
from collections.abc import Callable, Iterable, Mapping

import pytest

from filters.waf.seclang.layout import rule_files

Files = Callable[[Mapping[str, str]], pathlib.Path]


@pytest.fixture
def laid_out(files: Files) -> Callable[[Iterable[str], str], list[str]]:
    def find(names: Iterable[str], within: str = "") -> list[str]:
        root = files(dict.fromkeys(names, ""))
        return [str(path.relative_to(root)) for path in rule_files(root / within)]

    return find


LaidOut = Callable[..., list[str]]


def test_settings_come_before_the_rules_which_come_by_name(laid_out: LaidOut) -> None:
    names = ["rules/REQUEST-2.conf", "rules/REQUEST-1.conf", "rules/RESPONSE-3.conf", "crs-setup.conf"]
    assert laid_out(names) == ["crs-setup.conf", *sorted(names[:3])]


def test_example_of_the_settings_serves_where_there_are_none(laid_out: LaidOut) -> None:
    assert laid_out(["rules/a.conf", "crs-setup.conf.example"])[0] == "crs-setup.conf.example"


def test_settings_are_preferred_to_their_example(laid_out: LaidOut) -> None:
    names = ["rules/a.conf", "rules/crs-setup.conf.example", "crs-setup.conf"]
    assert laid_out(names, "rules") == ["crs-setup.conf", "rules/a.conf"]


def test_settings_may_stand_above_the_rules(laid_out: LaidOut) -> None:
    assert laid_out(["rules/a.conf", "crs-setup.conf.example"], "rules") == ["crs-setup.conf.example", "rules/a.conf"]


def test_directory_without_rules_of_its_own_has_them_itself(laid_out: LaidOut) -> None:
    assert laid_out(["b.conf", "a.conf", "crs-setup.conf"]) == ["crs-setup.conf", "a.conf", "b.conf"]


def test_examples_of_exclusions_and_other_files_are_not_read(laid_out: LaidOut) -> None:
    names = ["rules/REQUEST-900-BEFORE.conf.example", "rules/REQUEST-900.conf", "rules/a.data", "README.md", "x.conf"]
    assert laid_out(names) == ["rules/REQUEST-900.conf"]


def test_one_file_that_loads_the_others_is_followed_alone(laid_out: LaidOut) -> None:
    assert laid_out(["crs.load", "rules/a.conf", "crs-setup.conf"]) == ["crs.load"]


def test_several_files_that_load_are_not_followed(laid_out: LaidOut) -> None:
    assert laid_out(["a.load", "b.load", "rules/a.conf"]) == ["rules/a.conf"]


def test_directory_without_rules_has_none(laid_out: LaidOut) -> None:
    assert laid_out(["README.md"]) == []
