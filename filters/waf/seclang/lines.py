"""Cuts a rule file into its logical lines: continued ones joined, comments and empty ones left out."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

BLANKS: Final = " \t"

_COMMENTED_OUT = re.compile(r"#[ \t]*Sec[A-Za-z]")


def logical_lines(text: str) -> Iterator[tuple[int, str]]:
    """Yield each line with the number, from 1, of the first line that it was written on.

    A backslash at the end joins the next line, in quotes too. A comment goes on so only if it comments out a directive,
    as in libmodsecurity (src/parser/seclang-scanner.ll): else one that ends in a backslash would swallow a rule.
    """
    lines = iter(enumerate(text.split("\n"), 1))
    for number, line in lines:
        joined = line.removesuffix("\r").lstrip(BLANKS)
        while joined.endswith("\\") and (joined[0] != "#" or _COMMENTED_OUT.match(joined)):
            following = next(lines, (number, ""))[1]
            joined = joined[:-1] + following.removesuffix("\r")
        joined = joined.strip(BLANKS)
        if joined and joined[0] != "#":
            yield number, joined
