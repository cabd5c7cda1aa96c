"""Which version of a function may answer: what has been in force since a request began. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from bench.load.connection import Answer
from bench.load.ledger import Wrong


class Story:
    """The versions that were in force, one after the other, by what each answers; one may come again.

    The last change may be under way still: until its call has returned, what was in force before may answer too.
    """

    def __init__(self, first: str) -> None:
        self._answers = [first]
        self.settled = 0

    def begin(self, answer: str) -> None:
        """Note that a change is asked for."""
        self._answers.append(answer)

    def settle(self) -> None:
        """Note that its call has returned: whoever asks from now on is to meet it, or a later one."""
        self.settled = len(self._answers) - 1

    def since(self, settled: int) -> Iterator[str]:
        """Yield what may answer a request that began when so many changes had settled."""
        yield from self._answers[settled:]

    @property
    def latest(self) -> str:
        return self._answers[-1]


@dataclass(frozen=True, slots=True)
class Version:
    """A page that tells which version answers; its target says how many changes had settled when it was asked for."""

    path: str
    story: Story

    @property
    def method(self) -> str:
        return "GET"

    @property
    def fields(self) -> dict[str, str]:
        return {}

    @property
    def body(self) -> bytes:
        return b""

    def target(self, _: int) -> str:
        return f"{self.path}?settled={self.story.settled}"

    def check(self, target: str, answer: Answer) -> None:
        """Raise Wrong unless a version answered that may."""
        if answer.head.status != 200:
            raise Wrong(f"{answer.head.status} for {target}: {answer.body[:80]!r}")
        told, settled = answer.body.decode(errors="replace"), int(target.rpartition("=")[2])
        if told not in self.story.since(settled):
            raise Wrong(f"{told!r:.80} answered {target}, for which only {list(self.story.since(settled))} may")
