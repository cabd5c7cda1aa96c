"""One case of the suite, as its own rules judged it for one server."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal, TypeAlias

Kind: TypeAlias = Literal["required", "optimal", "check"]
KINDS: Final[tuple[Kind, ...]] = ("required", "optimal", "check")

PASSED: Final = frozenset({"pass", "yes"})


@dataclass(frozen=True)
class Case:
    """`verdict` is the suite's own word: pass, fail, optional_fail, yes, no, dependency_fail, setup_fail, harness_fail,
    retry or untested; `detail` what it saw instead."""

    id: str
    topic: str
    kind: Kind
    verdict: str
    detail: str = ""

    @property
    def passed(self) -> bool:
        """A check passes that the suite answers with yes; no is no fault."""
        return self.verdict in PASSED

    @property
    def failed(self) -> bool:
        return self.kind != "check" and not self.passed
