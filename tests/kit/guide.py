"""A page of docs/ as tests read it: by headings, fenced blocks, what is typed, and tables."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

Typed = tuple[list[str], str]
"""A command, and what is printed after it."""


class Guide:
    def __init__(self, path: Path) -> None:
        self.path, self.text = path, path.read_text()

    @property
    def running(self) -> str:
        """Return the text without its line breaks."""
        return " ".join(self.text.split())

    def section(self, title: str) -> str:
        """Return the text under a heading, up to the next one."""
        found = re.search(rf"(?ms)^#+ {re.escape(title)}\n(.*?)(?=^#+ |\Z)", self.text)
        assert found, f"no heading {title!r}"
        return found[1]

    def anchors(self) -> set[str]:
        """Return the headings as links name them."""
        headings = re.findall(r"(?m)^#+ (.*)$", self.text)
        return {re.sub(r"[^\w -]", "", each).lower().replace(" ", "-") for each in headings}

    def links(self) -> list[str]:
        return sorted(set(re.findall(r"\]\(([^)]+)\)", self.text)))


def blocks(language: str, text: str) -> list[str]:
    return re.findall(rf"(?ms)^```{language}\n(.*?)^```$", text)


def dialogue(text: str) -> list[Typed]:
    """Return each command of the console blocks, in order."""
    found = []
    for block in blocks("console", text):
        parts = re.split(r"(?m)^\$ (.*)\n", block)[1:]
        found += [(shlex.split(typed), printed) for typed, printed in zip(parts[::2], parts[1::2], strict=True)]
    return found


def rows(text: str, first: str) -> list[list[str]]:
    """Return the cells of each table whose first column bears this title."""
    tables = re.findall(rf"(?m)^\| {re.escape(first)} ?\|.*\n\|[-|]+\n((?:\|.*\n)+)", text)
    assert tables, f"no table of {first!r}"
    lines = (re.split(r"(?<!\\)\|", line.strip()[1:-1]) for table in tables for line in table.splitlines())
    return [[cell.strip() for cell in line] for line in lines]


def words(text: str) -> list[str]:
    """Return the single words that are set as code."""
    return re.findall(r"`(\w+)`", text)
