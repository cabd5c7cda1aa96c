"""Tells what `penstock wasm run` saw: what the guest said, and what it changed in the messages."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from difflib import SequenceMatcher
from typing import Final

import click

from config.wasm_run import Phase, Seen, Story

MOST_BODY_LINES: Final = 40
_LEVEL_COLOURS: Final = {"warn": "yellow", "error": "red", "critical": "red"}


def told(story: Story) -> Iterator[str]:
    """Yield the lines to print; colours are lost where they don't belong (click.echo)."""
    yield click.style(f"{story.module.name}: {story.module.abi_title}", bold=True)
    yield from _log(story, "start")
    if story.answered is not None or story.forwarded is not None:
        yield from _request(story)
        yield from _response(story)
    for failure in story.failures:
        yield click.style(f"failed: {failure}", fg="red", bold=True)


def _request(story: Story) -> Iterator[str]:
    yield ""
    if story.forwarded is None:
        yield _title("request, which no origin gets")
        yield from _plain(story.asked)
    else:
        where = "the origin" if story.upstream is None else f"upstream {story.upstream}"
        yield _title(f"request, as {where} gets it")
        yield from _difference(story.asked, story.forwarded)
    yield from _log(story, "request")


def _response(story: Story) -> Iterator[str]:
    yield ""
    if story.answered is None:
        yield _title("response, cut off")
    elif story.answered_by_guest:
        why = f" ({', '.join(story.decisions)})" if story.decisions else ""
        yield _title(f"response, by the guest{why}")
        yield from _plain(story.answered)
    elif story.forwarded is None or story.failures:
        yield _title("response, by the proxy in the guest's place")
        yield from _plain(story.answered)
    else:
        yield _title("response, as the client gets it")
        yield from _difference(story.canned, story.answered)
    yield from _log(story, "response")


def _title(text: str) -> str:
    return click.style(text, bold=True)


def _log(story: Story, phase: Phase) -> Iterator[str]:
    for level, text in story.transcript.phases.get(phase, ()):
        if text.endswith(tuple(story.failures)):  # The host says it too; it stands at the end.
            continue
        yield "  " + click.style(f"{level}: {text}", fg=_LEVEL_COLOURS.get(level, "cyan"))


def _plain(message: Seen) -> Iterator[str]:
    return (f"    {line}".rstrip() for line in _lines(message))


def _difference(before: Seen, after: Seen) -> Iterator[str]:
    """Yield the lines of a message, those that went marked `-`, those that came marked `+`."""
    old, new = _lines(before), _lines(after)
    for kind, old_from, old_to, new_from, new_to in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield from (f"    {line}".rstrip() for line in new[new_from:new_to])
            continue
        yield from (click.style(f"  - {line}", fg="red") for line in old[old_from:old_to])
        yield from (click.style(f"  + {line}", fg="green") for line in new[new_from:new_to])


def _lines(message: Seen) -> Sequence[str]:
    fields = [f"{name}: {value}" for name, value in message.fields]
    return [message.first, *fields, *(["", *_body_lines(message.body)] if message.body else [])]


def _body_lines(body: bytes) -> list[str]:
    try:
        lines = body.decode().splitlines()
    except UnicodeDecodeError:
        return [f"({len(body)} bytes that are no text)"]
    if len(lines) > MOST_BODY_LINES:
        return [*lines[:MOST_BODY_LINES], f"({len(lines) - MOST_BODY_LINES} lines more)"]
    return lines
