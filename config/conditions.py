"""The `when:` of a step: its schema, and the predicate that it becomes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Self, TypeAlias

from pydantic import Field, model_validator

from config.matching import PathRule, WantedValue, compiled
from config.model import Model
from config.values import Cidr, FieldName, Method, Text
from proxy.cookies import find_cookie
from proxy.exchange import Client, Exchange
from proxy.match import ClientIn, Condition, HeaderIs, MethodIs, PathIs, QueryIs, Wanted
from proxy.messages import Request

Predicate: TypeAlias = Callable[[Exchange], bool]


class When(Model):
    """Conditions that must all hold; what is left out asks nothing."""

    header: dict[FieldName, WantedValue] = Field(default_factory=dict)
    cookie: dict[Text, WantedValue] = Field(default_factory=dict)
    query: dict[Text, WantedValue] = Field(default_factory=dict)
    method: frozenset[Method] = frozenset()
    path: PathRule | None = None
    client: tuple[Cidr, ...] = ()
    negated: When | None = Field(default=None, alias="not")

    @model_validator(mode="after")
    def _asks_something(self) -> Self:
        if not any(value for _, value in self):
            raise ValueError("no condition is given; leave `when` out for always")
        return self


@dataclass(frozen=True, slots=True)
class CookieIs:
    """Compares a cookie's value, without the quotes that may be around it (RFC 6265 §4.1.1)."""

    name: str
    wanted: Wanted

    def holds(self, request: Request, client: Client) -> bool:
        found = find_cookie(request.headers, self.name.encode())
        if found is None:
            return False
        value = found.decode("latin-1").strip('"')
        if isinstance(self.wanted, re.Pattern):
            return self.wanted.search(value) is not None
        return self.wanted is True or self.wanted == value

    def refusal(self, request: Request, client: Client) -> str:
        """Say that it does not hold, not with which value: cookies are secrets."""
        there = find_cookie(request.headers, self.name.encode()) is not None
        return f"cookie {self.name} {'has another value' if there else 'is missing'}"


@dataclass(frozen=True, slots=True)
class Not:
    """Holds unless all of its conditions do."""

    conditions: tuple[Condition, ...]

    def holds(self, request: Request, client: Client) -> bool:
        return not all(condition.holds(request, client) for condition in self.conditions)

    def refusal(self, request: Request, client: Client) -> str:
        return "what stands under not holds"


def conditions(when: When) -> tuple[Condition, ...]:
    """Compile to the conditions that routes use too; each can say why it does not hold."""
    return tuple(_conditions(when))


def _conditions(when: When) -> Iterator[Condition]:
    if when.method:
        yield MethodIs(when.method)
    if when.path is not None:
        yield PathIs(when.path.compiled())
    for name, wanted in when.header.items():
        yield HeaderIs(name, compiled(wanted))
    for name, wanted in when.cookie.items():
        yield CookieIs(name, compiled(wanted))
    for name, wanted in when.query.items():
        yield QueryIs(name, compiled(wanted))
    if when.client:
        yield ClientIn(when.client)
    if when.negated is not None:
        yield Not(conditions(when.negated))


def predicate(when: When) -> Predicate:
    """Compile to one function; a single condition, the usual case, is called without a loop."""
    compiled_conditions = conditions(when)
    if len(compiled_conditions) == 1:
        holds = compiled_conditions[0].holds
        return lambda exchange: holds(exchange.request, exchange.client)
    tests = tuple(condition.holds for condition in compiled_conditions)
    return lambda exchange: all(test(exchange.request, exchange.client) for test in tests)
