"""docs/configuration.md speaks of every key, docs/filters.md of every filter's options."""

from __future__ import annotations

import pathlib
import re

import pytest

from config.registry import TYPES, filter_type
from config.schema import Config
from config.shape import keys_below

DOCS = pathlib.Path(__file__).parents[2] / "docs"
CONFIGURATION = (DOCS / "configuration.md").read_text()
FILTERS = (DOCS / "filters.md").read_text()


def section(text: str, title: str) -> str:
    """Return the text under a heading, up to the next one of its level."""
    found = re.search(rf"^(#+) {re.escape(title)}\n(.*?)(?=^\1 |\Z)", text, re.MULTILINE | re.DOTALL)
    assert found, f"no heading {title!r}"
    return found[2]


@pytest.mark.parametrize("key", sorted(keys_below(Config)))
def test_every_key_is_mentioned(key: str) -> None:
    assert re.search(rf"`[^`]*\b{re.escape(key)}\b[^`]*`", CONFIGURATION)


@pytest.mark.parametrize("name", sorted(TYPES))
def test_every_option_of_a_filter_is_mentioned_under_its_type(name: str) -> None:
    text = section(FILTERS, f"`{name}`")
    missing = [
        key
        for key in keys_below(filter_type(name).Options)
        if not re.search(rf"`[^`]*\b{re.escape(key)}\b[^`]*`", text)
    ]
    assert missing == []
