"""Reads what a rule looks at: `ARGS|!ARGS:password|&REQUEST_HEADERS:Host`."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from filters.waf.rule import Selector, Variable
from filters.waf.seclang.faults import Report, excerpt, nearest
from filters.waf.seclang.lines import BLANKS
from filters.waf.seclang.tables import COLLECTIONS
from filters.waf.seclang.vocabulary import CollectionWord
from filters.waf.seclang.words import unescape

# `.` separates as well as `:`, a comma as well as a bar. A pattern that has either in it is written in quotes.
_TARGET = re.compile(
    r"""[ \t]*(?P<mark>[!&]?)[ \t]*(?P<collection>[A-Za-z0-9_]+)
    (?:[:.](?:
        '(?P<quoted>[^'\\]*(?:\\.[^'\\]*)*)'
      | (?!')(?P<plain>/[^|]+?/(?=[ \t]*(?:[|,]|\Z)) | [^|,]*)
    ))?[ \t]*(?:(?P<more>[|,])|\Z)""",
    re.VERBOSE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Targets:
    """`variables` are to be looked at, `exclusions` (`!ARGS:id`) are not; both in the order written."""

    variables: tuple[Variable, ...] = ()
    exclusions: tuple[Variable, ...] = ()

    def applied(self) -> tuple[Variable, ...]:
        """Return the variables, each without what is excluded from its collection, wherever that was written."""
        return tuple(replace(variable, excluded=self._excluded_from(variable)) for variable in self.variables)

    def _excluded_from(self, variable: Variable) -> tuple[Selector, ...]:
        mine = (each.selector for each in self.exclusions if each.collection == variable.collection)
        return variable.excluded + tuple(mine)


def read_targets(text: str, report: Report) -> Targets:
    """Read a list of variables, such as the first argument of SecRule or the last of SecRuleUpdateTargetById."""
    variables: list[Variable] = []
    exclusions: list[Variable] = []
    position, more = 0, True
    while more:
        found = _TARGET.match(text, position)
        if found is None:
            report(f"{excerpt(text[position:])} is no variable; write NAME, NAME:member or NAME:/pattern/, | between")
            break
        variable = _variable(found, report)
        (exclusions if found["mark"] == "!" else variables).append(variable)
        position, more = found.end(), found["more"] is not None
    return Targets(tuple(variables), tuple(exclusions))


def _variable(found: re.Match[str], report: Report) -> Variable:
    name = found["collection"]
    word = COLLECTIONS.get(name.lower())
    if word is None:
        report(f"unknown variable {excerpt(name)}" + nearest(name, (each.name for each in COLLECTIONS.values())))
    selector = _selector(found, word, report)
    return Variable(name.upper(), selector, count=found["mark"] == "&")


def _selector(found: re.Match[str], word: CollectionWord | None, report: Report) -> Selector:
    quoted, plain = found["quoted"], found["plain"]
    if quoted is None and plain is None:
        return Selector()
    if word is not None and not word.members:
        report(f"{word.name} has no members; write {word.name} alone")
    text = plain.strip(BLANKS) if quoted is None else unescape(quoted, "'")
    if not text:
        report(f"{found['collection']}: lacks the member's name; write NAME:member, or NAME for all")
    # The member of XML is an XPath, which begins with a slash, too.
    if len(text) > 2 and text[0] == text[-1] == "/" and (word is None or word.name != "XML"):
        return Selector("pattern", text[1:-1])
    return Selector("name", text)
