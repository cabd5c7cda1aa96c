"""Rules written in a test, read and compiled."""

from __future__ import annotations

import pathlib
import tempfile

from filters.waf import ruleset
from filters.waf.compile import Compiled, CompileError, compile_rules
from filters.waf.interning import Tables
from filters.waf.rule import Rule, Source
from filters.waf.ruleset import Literal, Macro, RuleSet
from filters.waf.scope import Scope
from filters.waf.seclang.reader import read
from filters.waf.seclang.tables import COLLECTIONS


def source_of(text: str) -> Source:
    """Read text as a file `test.conf`."""
    with tempfile.TemporaryDirectory() as directory:
        file = pathlib.Path(directory) / "test.conf"
        file.write_bytes(text.encode("utf-8", "surrogateescape"))
        return read([file])


def rules_of(text: str) -> list[Rule]:
    """Read text that has nothing but rules to give."""
    return [each for each in source_of(text).statements if isinstance(each, Rule)]


def compiled(text: str, *, allow_skipped: bool = False) -> Compiled:
    return compile_rules(source_of(text), allow_skipped=allow_skipped)


def rule_set(text: str) -> RuleSet:
    return compiled(text).ruleset


def rule(text: str) -> ruleset.Rule:
    """Compile one rule, and return the first of its chain."""
    return rule_set(text).rules[0]


def faults(text: str) -> list[str]:
    """Return what is refused of rules, without the file's name: `1: rule 1: …`."""
    try:
        compiled(text)
    except CompileError as error:
        return [f"{each.place.line}: {str(each).partition(f':{each.place.line}: ')[2]}" for each in error.refusals]
    return []


def notes(text: str) -> list[str]:
    return [note.text for note in compiled(text).notes]


def number(collection: str) -> int:
    """Return the blob's number of a collection."""
    found = COLLECTIONS[collection.lower()].number
    assert found is not None
    return found


def scope() -> Scope:
    """Return what a part of a rule knows where there are no other rules; what it notes is dropped."""
    return Scope(Tables(), {}, lambda _: None, lambda _: ())


def literal(text: str) -> Macro:
    return (Literal(text.encode()),)
