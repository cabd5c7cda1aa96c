"""What becomes of modules."""

from __future__ import annotations

import pathlib

import pytest
from kit.guests import marking, passing_over_http_wasm, refusing

from config.guest_lines import GuestLines
from config.wasm_workshop import Workshop
from proxy.errors import GuestError
from proxy.metrics import Registry
from wasm_host.abi.http_wasm.filter import HttpWasmFilter
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.program import GuestSettings

SETTINGS = GuestSettings("guest")


@pytest.fixture
def workshop(tmp_path: pathlib.Path) -> Workshop:
    return Workshop(tmp_path, Registry(), {})


@pytest.mark.parametrize(
    ("wasm", "kind"), [(marking("one"), ProxyWasmFilter), (passing_over_http_wasm(), HttpWasmFilter)]
)
def test_the_abi_decides_about_the_filter(
    workshop: Workshop, tmp_path: pathlib.Path, wasm: bytes, kind: type[object]
) -> None:
    (tmp_path / "own.wasm").write_bytes(wasm)
    filter = workshop.filter(workshop.read("own.wasm", None), SETTINGS)
    assert isinstance(filter, kind)
    assert filter.name == "guest"


def test_a_trial_leaves_no_guest_behind(workshop: Workshop, tmp_path: pathlib.Path) -> None:
    for wasm in (marking("one"), passing_over_http_wasm()):
        (tmp_path / "own.wasm").write_bytes(wasm)
        workshop.try_out(workshop.read("own.wasm", None), SETTINGS, GuestLines(0))
    assert workshop.metrics("guest").instances.value == 0


def test_a_trial_that_fails_has_the_guests_last_words(workshop: Workshop, tmp_path: pathlib.Path) -> None:
    (tmp_path / "own.wasm").write_bytes(refusing("not like this"))
    lines = GuestLines(0)
    with pytest.raises(GuestError, match="refused its configuration"):
        workshop.try_out(workshop.read("own.wasm", None), SETTINGS, lines)
    assert lines.kept == [("error", "not like this")]
