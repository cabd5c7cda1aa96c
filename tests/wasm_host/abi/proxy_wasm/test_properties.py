"""Paths, and what belongs to the plugin or was set by guests."""

import pytest
from kit.asked_properties import APlugin, AView, ask, under_way

from wasm_host.abi.proxy_wasm.properties import WHOLES, encode


@pytest.fixture
def view() -> AView:
    """Return a request under way."""
    return under_way()


def test_the_plugin_knows_its_names_with_and_without_an_exchange(view: AView) -> None:
    for each in (view, None):
        assert ask(each, "plugin_name") == b"auth"
        assert ask(each, "plugin_root_id") == b"my_root"
        assert ask(each, "plugin_vm_id") == b"my_vm"


def test_without_an_exchange_nothing_of_one_is_there() -> None:
    assert ask(None, "request", "path") is None


def test_one_nul_at_the_end_changes_nothing(view: AView) -> None:
    assert encode(b"request\0path\0", APlugin(), view) == b"/with?query=1"
    assert encode(b"plugin_name\0", APlugin(), view) == b"auth"


def test_what_a_guest_set_is_read_under_the_same_path(view: AView) -> None:
    view.properties[b"mine"] = b"kept"
    view.properties[b"my\0own"] = b"1"
    assert ask(view, "mine") == b"kept"
    assert ask(view, "my", "own") == b"1"
    assert ask(view, "filter_state", "wasm.mine") == b"kept"


def test_what_a_guest_set_does_not_hide_what_is_true(view: AView) -> None:
    view.properties[b"request\0path"] = b"/forged"
    assert ask(view, "request", "path") == b"/with?query=1"


@pytest.mark.parametrize(
    "path", ["no_such_thing", "request\0no_such_thing", "request.path", *map(bytes.decode, WHOLES)]
)
def test_what_nobody_knows_is_none(view: AView, path: str) -> None:
    assert ask(view, path) is None
