"""What the parts of a rule need to know of the rest while they are lowered."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from filters.waf.constants import Constants
from filters.waf.interning import Tables
from filters.waf.selection import Selection


@dataclass(frozen=True, slots=True)
class Scope:
    """`note` takes what is to be told of this rule; `heads` gives the indices of the rules that a selection means."""

    tables: Tables
    constants: Constants
    note: Callable[[str], None]
    heads: Callable[[Selection], Iterable[int]]
