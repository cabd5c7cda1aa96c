"""Looking from a model down a path."""

from __future__ import annotations

from typing import Annotated

import pytest
from pydantic import BaseModel, Field, SecretStr

from config.paths import Path
from config.schema import Config
from config.shape import keys_below, secret_paths, valid_keys


class Inner(BaseModel):
    password: SecretStr
    plain: str = ""


class Outer(BaseModel):
    one: Inner | None = None
    many: tuple[Annotated[Inner, Field()], ...] = ()
    named: dict[str, Annotated[SecretStr, Field(min_length=1)]] = Field(default_factory=dict)
    either: SecretStr | Inner | None = None
    renamed: Inner | None = Field(default=None, alias="as")


@pytest.mark.parametrize(
    ("data", "paths"),
    [
        ({"one": {"password": "x", "plain": "y"}}, ["one.password"]),
        ({"many": [{"password": "x"}, {"plain": "y"}, {"password": 5}]}, ["many[0].password", "many[2].password"]),
        ({"named": {"a": "x", "b": "y"}}, ["named.a", "named.b"]),
        ({"either": "x"}, ["either"]),
        ({"as": {"password": "x"}}, ["as.password"]),
        ({"nothing": {"password": "x"}}, []),
    ],
)
def test_secrets_are_found_wherever_the_schema_has_them(data: object, paths: list[str]) -> None:
    assert [path.spelled() for path in secret_paths(Outer, data) if path] == paths


def test_a_union_of_a_secret_and_more_is_a_secret_as_a_whole_and_inside() -> None:
    found = {path.spelled() for path in secret_paths(Outer, {"either": {"password": "x"}})}
    assert found == {"either", "either.password"}


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        (Path(), ["as", "either", "many", "named", "one"]),
        (Path(("many", 3)), ["password", "plain"]),
        (Path(("as",)), ["password", "plain"]),
        (Path(("named", "x")), []),
        (Path(("gone", 1)), []),
    ],
)
def test_valid_keys_are_those_of_the_models_at_a_path(path: Path, keys: list[str]) -> None:
    assert valid_keys(Outer, path) == keys


def test_keys_below_are_those_of_all_models_that_can_be_reached() -> None:
    assert keys_below(Outer) == {"as", "either", "many", "named", "one", "password", "plain"}
    assert {"not", "with", "tunnel_idle_timeout"} <= keys_below(Config)
