"""Compiles what was read to a blob."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from filters.waf import blob, ruleset
from filters.waf.constants import constants
from filters.waf.interning import Tables
from filters.waf.jumps import Positions
from filters.waf.lowering import lowered
from filters.waf.refusal import Note, Refusal, Refused
from filters.waf.resolve import Program, resolve
from filters.waf.rule import Marker, Rule, Source
from filters.waf.ruleset import RuleSet, Setting
from filters.waf.scope import Scope
from filters.waf.selection import Selection
from filters.waf.texts import encoded


class CompileError(Exception):
    """Rules that cannot be taken; `refusals` names all of them, and is never empty."""

    def __init__(self, refusals: tuple[Refusal, ...]) -> None:
        super().__init__("\n".join(map(str, refusals)))
        self.refusals = refusals


@dataclass(frozen=True, slots=True)
class Compiled:
    """`skipped` is what was left out by leave; `notes` what is not as it was written, both in order of place."""

    ruleset: RuleSet
    blob: bytes
    notes: tuple[Note, ...]
    skipped: tuple[Refusal, ...]


def compile_rules(source: Source, *, allow_skipped: bool = False) -> Compiled:
    """Compile all rules; raise CompileError unless all can be taken, or are allowed to be skipped.

    The same source gives the same bytes.
    """
    program = resolve(source)
    lowering = _Lowering(program.statements)
    refusals = (*program.refusals, *lowering.refusals)
    if refusals and not allow_skipped:
        raise CompileError(tuple(sorted(refusals)))
    if lowering.refusals:
        # What is left is numbered anew, without them.
        lowering = _Lowering(_without(program.statements, lowering.refusals))
    rules = lowering.result(program)
    notes = {*program.notes, *lowering.notes}
    return Compiled(rules, blob.written(rules), tuple(sorted(notes)), tuple(sorted(refusals)))


def _without(statements: Iterable[Rule | Marker], refusals: Iterable[Refusal]) -> tuple[Rule | Marker, ...]:
    refused = {refusal.rule for refusal in refusals}
    return tuple(each for each in statements if isinstance(each, Marker) or each.id not in refused)


class _Lowering:
    """One pass over the rules, which fills the tables."""

    def __init__(self, statements: tuple[Rule | Marker, ...]) -> None:
        self.notes: list[Note] = []
        self.refusals: list[Refusal] = []
        self._tables = Tables()
        self._positions = Positions(statements)
        self._constants = constants(statements)
        self._rules = [lowered for index, rule in self._positions.heads() for lowered in self._chain(index, rule)]

    def result(self, program: Program) -> RuleSet:
        tables = self._tables
        return RuleSet(
            encoded(program.name),
            tuple(Setting(encoded(key), encoded(value)) for key, value in program.settings.items()),
            tables.pipelines.values,
            tables.patterns.values,
            tables.phrase_sets.values,
            tables.files.values,
            tables.tags.values,
            tuple(self._rules),
        )

    def _chain(self, index: int, rule: Rule) -> list[ruleset.Rule]:
        """Lower a chain as far as it can be taken, and note each of its rules that cannot."""
        chain = []
        for part in (rule, *rule.chained):
            try:
                chain.append(lowered(rule, part, self._skip_after(index, part), self._scope(part)))
            except Refused as error:
                self.refusals.append(Refusal(part.place, rule.id, str(error)))
        return chain

    def _skip_after(self, index: int, part: Rule) -> int:
        markers = [action.argument for action in part.actions if action.name == "skipafter"]
        return 1 + self._positions.behind(markers[-1], index) if markers else 0

    def _scope(self, part: Rule) -> Scope:
        def heads(selection: Selection) -> Iterable[int]:
            return self._positions.meant(selection)

        return Scope(self._tables, self._constants, lambda text: self.notes.append(Note(part.place, text)), heads)
