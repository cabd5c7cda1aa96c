"""Edits of a query's parameters; those that nobody names keep their place and spelling."""

from __future__ import annotations

from urllib.parse import quote, unquote_plus

from pydantic import Field, model_validator

from filters.options import RequestTemplate, Strict
from filters.template import Template
from filters.uri import query_text
from proxy.exchange import Exchange


class QueryOptions(Strict):
    """First `remove`, then `set`, then `add`."""

    set: dict[str, RequestTemplate] = Field(default_factory=dict)
    add: dict[str, RequestTemplate] = Field(default_factory=dict)
    remove: tuple[str, ...] = ()

    @model_validator(mode="after")
    def _edit_something(self) -> QueryOptions:
        if not (self.set or self.add or self.remove):
            raise ValueError("nothing is edited: give set, add or remove")
        return self


class QueryEdits:
    """Compiled edits."""

    def __init__(self, options: QueryOptions) -> None:
        self._dropped = frozenset(options.remove)
        self._set = _compiled(options.set)
        self._added = _compiled(options.add)

    def apply(self, query: str | None, exchange: Exchange) -> str | None:
        """Return the edited query; None where no parameter is left."""
        parts = [] if not query else [part for part in query.split("&") if _name(part) not in self._dropped]
        for name, key, template in self._set:
            _put(parts, name, f"{key}={template.render(exchange)}")
        parts += [f"{key}={template.render(exchange)}" for _, key, template in self._added]
        return "&".join(parts) if parts else None


def _compiled(fields: dict[str, str]) -> tuple[tuple[str, str, Template], ...]:
    """Return each parameter's name, plain and encoded, and its value."""
    return tuple(
        (name, quote(name, safe=""), Template(value, escape=query_text, spell=_plain)) for name, value in fields.items()
    )


def _plain(text: str) -> str:
    return quote(text, safe="")


def _put(parts: list[str], name: str, part: str) -> None:
    """Replace every parameter of the name by one, in the place of the first."""
    places = [at for at, each in enumerate(parts) if _name(each) == name]
    if not places:
        parts.append(part)
        return
    parts[places[0]] = part
    for at in reversed(places[1:]):
        del parts[at]


def _name(part: str) -> str:
    return unquote_plus(part.partition("=")[0])
