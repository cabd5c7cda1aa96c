"""What all models of the schema share."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.model import Model


class Thing(Model):
    name: str = "none"
    size: int | None = None


def test_an_unknown_key_is_refused_with_or_without_a_value() -> None:
    for value in (1, None):
        with pytest.raises(ValidationError, match="extra_forbidden"):
            Thing.model_validate({"nme": value})


def test_a_key_with_nothing_behind_it_has_its_default() -> None:
    assert Thing.model_validate({"name": None}).name == "none"


def test_a_model_shows_no_values() -> None:
    thing = Thing(name="secret")
    assert "secret" not in f"{thing!r}{thing}"


def test_an_error_shows_no_values() -> None:
    with pytest.raises(ValidationError) as caught:
        Thing.model_validate({"size": "secret"})
    assert "secret" not in str(caught.value)


def test_a_model_does_not_change() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        Thing().name = "other"  # type: ignore[misc]
