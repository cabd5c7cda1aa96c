"""One word that stands for a mapping: `filters: [waf]` for `filters: [{use: waf}]`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema


@dataclass(frozen=True, slots=True)
class Shorthand:
    """Annotates a type whose values may be written as one word too; `expand` writes it out."""

    expand: Callable[[str], Any]

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(self._expanded, handler(source))

    def _expanded(self, value: Any) -> Any:
        return self.expand(value) if isinstance(value, str) else value

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "string"}, handler(schema)]}


def under(key: str) -> Shorthand:
    """Let a word stand for a mapping with the word under the key."""
    return Shorthand(lambda word: {key: word})


@dataclass(frozen=True, slots=True)
class Switch:
    """Annotates an optional mapping that may be written as `true`, for all of its defaults, or `false`, for none."""

    def __get_pydantic_core_schema__(self, source: Any, handler: GetCoreSchemaHandler) -> CoreSchema:
        return core_schema.no_info_before_validator_function(_switched, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        return {"anyOf": [{"type": "boolean"}, handler(schema)]}


def _switched(value: Any) -> Any:
    return ({} if value else None) if isinstance(value, bool) else value
