"""The examples are whole, and show every key that there is."""

from __future__ import annotations

import pathlib
from collections.abc import Iterator
from typing import Any

import pytest
import yaml

from config.load import Report, read
from config.registry import TYPES, filter_type
from config.schema import Config
from config.shape import keys_below

EXAMPLES = pathlib.Path(__file__).parents[2] / "config/examples"


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.yaml")), ids=lambda file: file.name)
def test_an_example_has_neither_errors_nor_warnings(file: pathlib.Path, certificates: dict[str, str]) -> None:
    report: Report = read(file, certificates)
    assert [str(each) for each in (*report.errors, *report.warnings)] == []


def test_the_quick_start_needs_no_environment() -> None:
    assert read(EXAMPLES / "edge.yaml", {}).errors == []


def written_keys(tree: Any) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from tree
        for value in tree.values():
            yield from written_keys(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from written_keys(value)


def test_the_full_example_shows_every_key() -> None:
    # BaseLoader leaves all text alone: `on:` is a key, not true.
    shown = set(written_keys(yaml.load((EXAMPLES / "full.yaml").read_text(), Loader=yaml.BaseLoader)))
    wanted = set(keys_below(Config)).union(*(keys_below(filter_type(name).Options) for name in TYPES))
    assert wanted - shown - {"max_keys"} == set()


def test_the_full_example_shows_every_filter_type() -> None:
    full = yaml.load((EXAMPLES / "full.yaml").read_text(), Loader=yaml.BaseLoader)
    assert {entry["type"] for entry in full["filters"].values()} == set(TYPES)
