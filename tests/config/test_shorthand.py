"""Words that stand for mappings."""

from __future__ import annotations

from typing import Annotated, Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from config.shorthand import Shorthand, under


class Endpoint(BaseModel):
    address: str
    weight: int = 1


SHORT: TypeAdapter[Any] = TypeAdapter(Annotated[Endpoint, under("address")])
LIST: TypeAdapter[Any] = TypeAdapter(Annotated[list[Endpoint], Shorthand(lambda word: [{"address": word}])])


def test_a_word_and_the_mapping_that_it_stands_for_are_the_same() -> None:
    assert SHORT.validate_python("a:1") == SHORT.validate_python({"address": "a:1"}) == Endpoint(address="a:1")


def test_a_word_may_stand_for_a_list() -> None:
    assert LIST.validate_python("a:1") == [Endpoint(address="a:1")]


def test_anything_else_is_validated_as_before() -> None:
    with pytest.raises(ValidationError):
        SHORT.validate_python(5)


def test_the_json_schema_tells_both_spellings() -> None:
    schema = SHORT.json_schema()
    assert [arm.get("type", "reference") for arm in schema["anyOf"]] in (["string", "object"], ["string", "reference"])
