"""One call that the admin takes, as the table of them describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

from proxy.admin.access import Role
from proxy.admin.schemas import Schema, reference

JSON: Final = ("application/json",)
ANY: Final = ("*/*",)
EVENTS: Final = "text/event-stream"


@dataclass(frozen=True, slots=True)
class Body:
    """What a call brings; the first of the media types is the one to name, `*/*` is any."""

    media_types: tuple[str, ...]
    schema: Schema
    limit_bytes: int
    example: object
    required: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """With `or_events` it is a stream of events where Accept asks for that."""

    says: str
    schema: Schema
    media_type: str = JSON[0]
    or_events: bool = False


@dataclass(frozen=True, slots=True)
class Endpoint:
    """`page` is the name of its method of `Pages` or `EdgePages`.

    A `role` of None is for everybody: then little is told. `bodies` are what it may bring, each of another kind;
    `query` says what each parameter is for. `refusals` are the statuses beside those that follow from the rest.
    """

    method: Literal["GET", "POST", "PUT", "DELETE"]
    path: str
    page: str
    summary: str
    answers: Mapping[int, Answer]
    role: Role | None = "read"
    bodies: tuple[Body, ...] = ()
    query: Mapping[str, str] = field(default_factory=dict)
    refusals: frozenset[int] = frozenset()


def json_of(says: str, schema: str) -> Answer:
    """Describe an answer that is one of SCHEMAS."""
    return Answer(says, reference(schema))
