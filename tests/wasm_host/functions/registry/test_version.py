"""Versions are named by what they are: the module and the settings, and nothing besides."""

from typing import Any

import pytest
from kit.registered import deployed, module

from wasm_host.functions.registry.version import ID_LENGTH, settings_of, version_id


def test_an_id_is_hexadecimal() -> None:
    id = deployed().id
    assert len(id) == ID_LENGTH
    assert set(id) <= set("0123456789abcdef")


@pytest.mark.parametrize(
    "metadata",
    [
        {"entry": "other"},
        {"form": "packed"},
        {"input": "body"},
        {"allow": {}},
        {"limits": {"cpu": "10ms"}},
        {"config": {"a": 1}},
        {"config": "text"},
        {"log_level": "debug"},
    ],
)
def test_other_settings_are_another_version(metadata: dict[str, Any]) -> None:
    assert deployed(**metadata).id != deployed().id


def test_another_module_is_another_version() -> None:
    assert deployed(wasm=module("other")).id != deployed().id


def test_what_is_no_setting_makes_no_other_version() -> None:
    assert settings_of({"description": "x", "alias": "live", "signature": {}}) == settings_of({})


def test_what_is_said_to_be_as_by_default_makes_no_other_version() -> None:
    assert version_id("00", settings_of({"limits": None, "log_level": "info"})) == version_id("00", settings_of({}))
