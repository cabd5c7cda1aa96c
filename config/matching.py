"""What a route's `match` and a step's `when` have in common, and the match itself."""

from __future__ import annotations

import re
from typing import Annotated, Any, Self, TypeAlias

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from config.model import Model
from config.values import Cidr, FieldName, Host, Method, Regex, Text, parse_regex
from proxy.match import Match, PathMatch, Wanted


def parse_wanted(value: object) -> str | bool:
    """Accept the exact text, `true` for any value at all, or `~regex`."""
    if value is True:
        return True
    if not isinstance(value, str):
        raise ValueError(f'{value!r} is not text: write "{value}" in quotes, true for any value, or "~regex"')
    if value.startswith("~"):
        parse_regex(value[1:])
    return value


def compiled(wanted: str | bool) -> Wanted:
    if isinstance(wanted, bool):
        return True
    return re.compile(wanted[1:]) if wanted.startswith("~") else wanted


_WANTED_SCHEMA = {"anyOf": [{"const": True}, {"type": "string"}], "description": "exact text, true, or ~regex"}
WantedValue: TypeAlias = Annotated[str | bool, BeforeValidator(parse_wanted), WithJsonSchema(_WANTED_SCHEMA)]


class PathRule(Model):
    """Exactly one of the three; a prefix goes by whole segments, a regex is searched for."""

    exact: Text | None = None
    prefix: Text | None = None
    regex: Regex | None = None

    @model_validator(mode="after")
    def _one_that_can_match(self) -> Self:
        self.compiled()
        return self

    def compiled(self) -> PathMatch:
        """Return what the router judges by; raises ValueError for what never matches."""
        given: Any = [(kind, value) for kind, value in self if value is not None]
        if len(given) != 1:
            raise ValueError("give one of exact, prefix and regex")
        [(kind, value)] = given
        return PathMatch(kind, value)


class MatchRule(Model):
    """What a route asks of a request; what is left out asks nothing."""

    hosts: tuple[Host, ...] = ()
    path: PathRule | None = None
    methods: frozenset[Method] = frozenset()
    headers: dict[FieldName, WantedValue] = Field(default_factory=dict)
    query: dict[Text, WantedValue] = Field(default_factory=dict)
    clients: tuple[Cidr, ...] = ()

    def compiled(self) -> Match:
        return Match(
            hosts=self.hosts,
            path=None if self.path is None else self.path.compiled(),
            methods=self.methods,
            headers={name: compiled(wanted) for name, wanted in self.headers.items()},
            query={name: compiled(wanted) for name, wanted in self.query.items()},
            clients=self.clients,
        )
