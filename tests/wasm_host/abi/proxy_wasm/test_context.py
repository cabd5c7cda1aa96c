"""What the plugin's own context shows, and what a module may ask for before there is one."""

from collections.abc import Callable

import pytest

from proxy.errors import GuestTrap
from wasm_host.abi.proxy_wasm.context import BeforeStart, Context, Root
from wasm_host.abi.proxy_wasm.http_calls import CallResult
from wasm_host.abi.proxy_wasm.numbers import BufferKind, MapKind


@pytest.fixture
def root() -> Root:
    return Root("auth", "my_root", "vm", b"plugin", b"machine")


def test_the_plugins_configuration_is_there_while_it_is_told(root: Root) -> None:
    assert root.buffer(BufferKind.PLUGIN_CONFIGURATION) is None
    root.configuring = True
    assert root.buffer(BufferKind.PLUGIN_CONFIGURATION) == b"plugin"


def test_the_machines_configuration_is_always_there(root: Root) -> None:
    assert root.buffer(BufferKind.VM_CONFIGURATION) == b"machine"


def test_an_answer_to_a_call_is_there_while_it_is_told(root: Root) -> None:
    assert root.header_map(MapKind.CALL_HEADERS) is None
    assert root.buffer(BufferKind.CALL_BODY) is None
    root.call = CallResult([(b":status", b"200")], b"body")
    fields = root.header_map(MapKind.CALL_HEADERS)
    assert fields is not None
    assert fields.pairs() == [(b":status", b"200")]
    assert root.buffer(BufferKind.CALL_BODY) == b"body"


@pytest.mark.parametrize("kind", [kind for kind in MapKind if kind != MapKind.CALL_HEADERS])
def test_the_plugin_has_no_other_map(root: Root, kind: MapKind) -> None:
    root.call = CallResult([], b"")
    assert root.header_map(kind) is None


@pytest.mark.parametrize("kind", [0, 1, 2, 3, 5])
def test_buffers_of_a_stream_are_empty_for_the_plugin_as_in_envoy(root: Root, kind: int) -> None:
    assert root.buffer(kind) == b""


def test_there_is_no_buffer_of_an_unknown_kind(root: Root) -> None:
    assert root.buffer(99) is None


def test_the_plugin_edits_nothing(root: Root) -> None:
    assert all(root.editable_map(kind) is None for kind in MapKind)
    assert not any(root.set_buffer(kind, b"x") for kind in BufferKind)


@pytest.mark.parametrize(
    "ask",
    [
        lambda context: context.stream,
        lambda context: context.header_map(0),
        lambda context: context.editable_map(0),
        lambda context: context.buffer(0),
        lambda context: context.resume(0),
    ],
)
def test_before_the_start_there_is_nothing_to_ask_for(ask: Callable[[Context], object]) -> None:
    with pytest.raises(GuestTrap) as caught:
        ask(BeforeStart())
    assert caught.value.reason == "too_early"
