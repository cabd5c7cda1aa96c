"""What versions are made of, and what is known of them before they run."""

from __future__ import annotations

import hashlib
import os
import pathlib
from typing import Any

import pytest
from kit.deploying import saying

from config.configuration import Configuration
from config.function_recipes import Menu, Recipe, Share, menus
from config.load import check
from wasm_host.functions.allowance import Allowance
from wasm_host.functions.registry.version import settings_of
from wasm_host.functions.settings import FunctionLimits, FunctionSettings

WHOLE = """\
version: 1
listeners: [{name: public, address: "127.0.0.1:0"}]
functions:
  store: functions
  defaults: {allow: {time: true}, limits: {cpu: 20ms}}
  named: {hello: {%s}}
routes: [{name: hello, filters: [{type: respond}]}]
"""
SHA256 = "ab" * 32


def read(tmp_path: pathlib.Path, named: str) -> Configuration:
    configuration = check(WHOLE % named, tmp_path, os.environ, lambda _: []).configuration
    assert configuration is not None
    return configuration


def state(sticky: dict[str, Any] | None = None, **said: Any) -> dict[str, Any]:
    alias = {"versions": [{"version": "v1", "percent": 100}], **({} if sticky is None else {"sticky": sticky})}
    return {"hello": {"aliases": {"live": alias}, "versions": {"v1": {"module": SHA256, **settings_of(said)}}}}


def menu(configuration: Configuration, deployed: dict[str, Any]) -> Menu:
    return dict(menus(configuration, deployed))["hello"]


def settings(tmp_path: pathlib.Path, named: str, **said: Any) -> FunctionSettings:
    return menu(read(tmp_path, named), state(**said)).recipes["v1"].settings()


def test_a_deploy_that_says_nothing_has_what_the_file_says(tmp_path: pathlib.Path) -> None:
    named = "config: {a: 1}, secrets: {K: hush, L: more}, allow: {secrets: [K]}"
    assert settings(tmp_path, named) == FunctionSettings(
        "hello",
        "v1",
        configuration=b'{"a":1}',
        secrets={"K": "hush"},
        allow=Allowance(time=True, secrets=frozenset({"K"})),
        limits=FunctionLimits(cpu_s=0.02),
    )


def test_a_deploy_says_what_goes_with_the_module_and_may_ask_for_less(tmp_path: pathlib.Path) -> None:
    found = settings(
        tmp_path,
        "config: {a: 1}",
        entry="run",
        form="pointer",
        input="body",
        config={"b": 2},
        log_level="error",
        allow={},
        limits={"cpu": "1s", "queue": 1},
    )
    assert found == FunctionSettings(
        "hello",
        "v1",
        entry="run",
        form="pointer",
        body_only=True,
        configuration=b'{"b":2}',
        limits=FunctionLimits(cpu_s=0.02, queue=1),
        log_level=4,
    )


def test_words_of_a_deploy_that_nobody_understands_are_a_value_error(tmp_path: pathlib.Path) -> None:
    with pytest.raises(ValueError, match="magic"):
        settings(tmp_path, "", allow={"magic": True})


def test_what_is_read_again_just_so_is_equal(tmp_path: pathlib.Path) -> None:
    one, other = (menu(read(tmp_path, "config: {a: 1}"), state()).recipes["v1"] for _ in range(2))
    assert one == other
    assert one != menu(read(tmp_path, "config: {a: 2}"), state()).recipes["v1"]
    assert one != menu(read(tmp_path, "config: {a: 1}"), state(entry="run")).recipes["v1"]


def test_a_function_from_a_file_is_named_by_its_module(tmp_path: pathlib.Path) -> None:
    (tmp_path / "own.wasm").write_bytes(saying("a"))
    digest = hashlib.sha256(saying("a")).hexdigest()
    found = menu(read(tmp_path, "module: own.wasm, entry: run"), state())
    [recipe] = found.recipes.values()
    assert isinstance(recipe, Recipe)
    assert (recipe.version, recipe.sha256, recipe.deployed) == (digest[:16], digest, None)
    assert recipe.settings().entry == "run"
    assert found.aliases["live"].shares == (Share(digest[:16], 100),)


def test_a_module_that_is_not_there_is_no_affair_of_its_recipe(tmp_path: pathlib.Path) -> None:
    for path in ("none.wasm", "builtin:none.wasm"):
        [recipe] = menu(read(tmp_path, f"module: '{path}'"), {}).recipes.values()
        assert recipe.sha256 == ""


def test_an_alias_may_keep_clients_on_a_version(tmp_path: pathlib.Path) -> None:
    found = menu(read(tmp_path, ""), state(sticky={"cookie": "sid"}))
    assert found.aliases["live"].sticky is not None
    assert found.aliases["live"].sticky.cookie == "sid"


def test_without_a_store_nothing_is_deployed(tmp_path: pathlib.Path) -> None:
    text = (WHOLE % "").replace("  store: functions\n", "")
    configuration = check(text, tmp_path, os.environ, lambda _: []).configuration
    assert configuration is not None
    assert dict(menus(configuration, state())) == {}
