"""What the configuration says about a filter's guests, where it says nothing."""

import dataclasses

import pytest

from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LEVELS
from wasm_host.program import GuestSettings


def test_only_a_name_is_needed() -> None:
    settings = GuestSettings("auth")
    assert (settings.configuration, settings.vm_configuration, settings.root_id, settings.vm_id) == (b"", b"", "", "")
    assert settings.limits == GuestLimits()
    assert (settings.instances, settings.hold_headers) == ("shared", False)
    assert LEVELS[settings.log_level] == "info"


def test_no_two_filters_share_an_environment() -> None:
    assert GuestSettings("a").environment == {}
    assert GuestSettings("a").environment is not GuestSettings("b").environment


def test_settings_do_not_change_under_a_guest() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        GuestSettings("auth").name = "other"  # type: ignore[misc]
