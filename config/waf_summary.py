"""What `penstock waf` tells of compiled rules."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence

from filters.waf.refusal import Note
from filters.waf.ruleset import Flag, Rule, RuleSet

_PLACES_SHOWN = 3


def summary(rules: RuleSet, size: int) -> Iterator[str]:
    """Yield what a set of rules holds, a line each; `size` is that of its blob, in bytes."""
    heads = [rule for rule in rules.rules if Flag.HEAD in rule.flags]
    yield f"name: {rules.name.decode(errors='replace') or 'none'}"
    yield f"rules: {len(heads)}, and {len(rules.rules) - len(heads)} chained to them"
    yield f"by phase: {_counted(rule.phase for rule in heads)}"
    yield f"by paranoia level (0: none given): {_counted(rule.paranoia for rule in heads)}"
    yield f"patterns: {len(rules.patterns)}, of {sum(map(len, rules.patterns))} bytes"
    yield f"phrases: {sum(map(len, rules.phrase_sets))}, in {len(rules.phrase_sets)} sets"
    yield f"transformations: {len(rules.pipelines)} pipelines"
    yield f"size: {size} bytes"


def ids(rules: Iterable[Rule]) -> Iterator[str]:
    """Yield the rules by the thousands of their ids, which in CRS is by file."""
    thousands: dict[int, list[int]] = {}
    for rule in rules:
        if Flag.HEAD in rule.flags:
            thousands.setdefault(rule.id // 1000, []).append(rule.id)
    for _, members in sorted(thousands.items()):
        yield " ".join(map(str, sorted(members)))


def grouped(notes: Sequence[Note]) -> Iterator[str]:
    """Yield each note once, with the places where it holds."""
    places: dict[str, list[str]] = {}
    for note in notes:
        places.setdefault(note.text, []).append(str(note.place))
    for text, where in places.items():
        more = f" and {len(where) - _PLACES_SHOWN} more" if len(where) > _PLACES_SHOWN else ""
        yield f"{text} ({', '.join(where[:_PLACES_SHOWN])}{more})"


def _counted(numbers: Iterable[int]) -> str:
    return ", ".join(f"{number}: {count}" for number, count in sorted(Counter(numbers).items())) or "none"
