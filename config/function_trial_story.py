"""Tells what one request to a function came to: the answer as it would be sent, and what it took."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus
from typing import Final

import click

from config.function_trial import Trial
from proxy.messages import Response

_PHRASES: Final = {status.value: status.phrase for status in HTTPStatus}


def told(trial: Trial) -> Iterator[str]:
    """Yield the lines to print; colours are lost where they don't belong (click.echo)."""
    if trial.answer is not None:
        yield from _answer(trial.answer)
    yield from (click.style(f"log: {line}", fg="cyan") for line in trial.lines)
    if trial.failure:
        yield click.style(f"failed: {trial.failure}", fg="red", bold=True)
    yield f"{trial.seconds * 1000:.2f} ms, of which {trial.cpu_s * 1000:.2f} ms in the function; {_hostcalls(trial)}"


def _answer(answer: Response) -> Iterator[str]:
    yield click.style(f"{answer.status} {_PHRASES.get(answer.status, '')}".rstrip(), bold=True)
    yield from (f"{name}: {value}" for name, value in answer.headers.items())
    yield ""
    if isinstance(answer.body, bytes) and answer.body:
        yield from _text(answer.body)
        yield ""


def _text(body: bytes) -> list[str]:
    try:
        return body.decode().splitlines()
    except UnicodeDecodeError:
        return [f"({len(body)} bytes that are no text)"]


def _hostcalls(trial: Trial) -> str:
    if not trial.hostcalls:
        return "no host calls"
    each = (
        f"{call}{'' if outcome == 'ok' else f' ({outcome})'}{'' if count == 1 else f' × {count}'}"
        for call, outcome, count in trial.hostcalls
    )
    return f"host calls: {', '.join(each)}"
