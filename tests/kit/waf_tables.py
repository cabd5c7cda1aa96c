"""The section of docs/waf.md that tells what of SecLang is supported, made of the compiler's words and of the cases.

`python -m kit.waf_tables` (from `tests/`) writes it anew.
"""

from __future__ import annotations

import pathlib
import re
import textwrap
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from filters.waf.seclang.tables import ACTIONS, COLLECTIONS, CTLS, DIRECTIVES, OPERATORS, TRANSFORMATIONS
from filters.waf.seclang.vocabulary import Support, Word
from kit.waf_semantics import CASES

GUIDE: Final = pathlib.Path(__file__).parents[2] / "docs/waf.md"
TITLE: Final = "## What of SecLang is supported"
KINDS: Final[Mapping[str, tuple[str, Mapping[str, Word]]]] = {
    "operator": ("Operators", OPERATORS),
    "transformation": ("Transformations", TRANSFORMATIONS),
    "target": ("Targets", COLLECTIONS),
    "action": ("Actions", ACTIONS),
    "ctl": ("What `ctl` changes", CTLS),
    "directive": ("Directives", DIRECTIVES),
}
SAID_BY_OPTIONS: Final = {
    "SecRuleEngine": "mode",
    "SecRequestBodyAccess": "request.inspect",
    "SecRequestBodyLimit": "limits.body",
    "SecRequestBodyNoFilesLimit": "request.body",
    "SecRequestBodyLimitAction": "request.overflow",
    "SecRequestBodyJsonDepthLimit": "request.depth",
    "SecArgumentsLimit": "request.arguments",
    "SecResponseBodyAccess": "response.inspect",
    "SecResponseBodyLimit": "response.body",
    "SecResponseBodyLimitAction": "response.overflow",
    "SecResponseBodyMimeType": "response.types",
    "SecResponseBodyMimeTypesClear": "response.types",
}
"""Directives that have no effect, for an option of the filter says the same."""
WORDS_A_ROW: Final = 4
WIDTH: Final = 130

TESTS: Final = Counter(word.lower() for case in CASES for word in set(case.covers.split()) for _ in case.found)
"""How many requests are judged about a word, such as `operator:rx`."""


def section() -> str:
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield from (TITLE, "")
    yield from _paragraph(_INTRODUCTION.format(tests=sum(len(case.found) for case in CASES)))
    for kind, (title, words) in KINDS.items():
        yield from (f"### {title}", "")
        yield from _table(kind, [word.name for word in words.values() if _works(word)])
        yield from _left_over(words.values())
    yield from _differences()


def _works(word: Word) -> bool:
    return word.support in (Support.YES, Support.EMPTY) and word.name not in SAID_BY_OPTIONS


def _table(kind: str, names: Iterable[str]) -> Iterator[str]:
    cells = [f"`{name}` | {TESTS[f'{kind}:{name}'.lower()]}" for name in sorted(names, key=str.lower)]
    cells += [" | "] * (-len(cells) % WORDS_A_ROW)
    yield f"|{' | tests |' * WORDS_A_ROW}"
    yield f"|{'---|--:|' * WORDS_A_ROW}"
    for at in range(0, len(cells), WORDS_A_ROW):
        yield f"| {' | '.join(cells[at : at + WORDS_A_ROW])} |"
    yield ""


def _left_over(words: Iterable[Word]) -> Iterator[str]:
    found = list(words)
    options = [f"`{word.name}` (`{SAID_BY_OPTIONS[word.name]}`)" for word in found if word.name in SAID_BY_OPTIONS]
    if options:
        yield from _paragraph(f"An option of the filter says it instead: {', '.join(options)}.")
    for support, title in (
        (Support.EMPTY, "Accepted, and always empty"),
        (Support.NO_EFFECT, "Accepted, without effect"),
        (Support.NO, "Not supported, so that a rule with it fails the compilation"),
    ):
        names = [f"`{word.name}`" for word in found if word.support is support]
        if names:
            yield from _paragraph(f"{title}: {', '.join(names)}.")


def _paragraph(text: str) -> Iterator[str]:
    yield from (*textwrap.wrap(text, WIDTH, break_on_hyphens=False), "")


def _differences() -> Iterator[str]:
    yield from ("### Where libmodsecurity does otherwise", "", "| here | libmodsecurity 3.0.9 |", "|---|---|")
    for case in CASES:
        if case.differs:
            words = ", ".join(f"`{word.partition(':')[2]}`" for word in case.covers.split()[:3])
            yield f"| {words}: {case.title} | {case.differs} |"
    yield ""


_INTRODUCTION: Final = (
    "SecLang is as libmodsecurity 3 has it, but for what stands at the end of this section. Each number counts the "
    "requests that the tests judge about a word, through the compiler and the module: {tests} in all, which are in "
    "tests/kit/waf_semantics/. What else the manuals of ModSecurity 2 and 3 know is named below the tables."
)


def written() -> str:
    """Return the section as the page has it."""
    found = re.search(rf"^{TITLE}\n.*?(?=^## |\Z)", GUIDE.read_text(), re.MULTILINE | re.DOTALL)
    return found[0] if found else ""


def write() -> None:
    text, old = GUIDE.read_text(), written()
    new = section()
    GUIDE.write_text(text.replace(old, new) if old else f"{text.rstrip()}\n\n{new}")


if __name__ == "__main__":
    write()
