"""Tells what `penstock waf test` found: of each request what became of it, and which rules matched."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any, Final

import click

from config.waf_trial import Outcome
from proxy.firewall import Judgement, Match

_COLOURS: Final = {"blocked": "red", "refused": "red", "failed": "red", "detected": "yellow", "passed": "green"}


def told(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """Yield the lines to print; colours are lost where they don't belong (click.echo)."""
    for outcome in outcomes:
        asked = outcome.asked
        yield f"{asked.file}:{asked.line}: {printable(asked.title or asked.text)}"
        yield f"  {click.style(outcome.fate, fg=_COLOURS[outcome.fate], bold=True)}{_why(outcome)}"
        for match in () if outcome.judgement is None else outcome.judgement.matches:
            yield from _match(match)
    counts = sorted(Counter(outcome.fate for outcome in outcomes).items())
    yield f"{_count(len(outcomes), 'request')}: {', '.join(f'{count} {fate}' for fate, count in counts)}"


def as_json(outcome: Outcome) -> dict[str, Any]:
    """Return the same as plain data; `request` is the first line, `judgement` as the audit log has it."""
    asked, judgement = outcome.asked, outcome.judgement
    told: dict[str, Any] = {"file": asked.file, "line": asked.line, "title": asked.title, "request": asked.text}
    told |= {"outcome": outcome.fate, "status": outcome.status, "failure": outcome.failure or None}
    return told | {"judgement": None if judgement is None else asdict(judgement)}


def _why(outcome: Outcome) -> str:
    if outcome.failure:
        return f": {outcome.status}, {outcome.failure}"
    judgement = outcome.judgement
    if judgement is None:
        return f": {outcome.status}"
    return f": {outcome.status}, score {judgement.score}{_decided(judgement)}"


def _decided(judgement: Judgement) -> str:
    if judgement.rule:
        return f", by rule {judgement.rule} in phase {judgement.phase}"
    return f", over the bound of {judgement.overflow}" if judgement.overflow is not None else ""


def _match(match: Match) -> Iterator[str]:
    yield f"    {' '.join(filter(None, (str(match.rule), match.severity, printable(match.message))))}"
    yield f"      {printable(match.target)}: {printable(match.matched)}"
    yield f"      {match.file}:{match.line}"


def printable(text: str) -> str:
    """Spell out what would steer a terminal: texts come from attackers."""
    return "".join(each if each.isprintable() else each.encode("unicode_escape").decode() for each in text)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
