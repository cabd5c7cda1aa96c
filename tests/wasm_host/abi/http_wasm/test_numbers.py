"""The ABI's numbers against those of this host."""

from wasm_host.abi.http_wasm.numbers import BUFFER_REQUEST, BUFFER_RESPONSE, LOG_LEVELS, SUPPORTED
from wasm_host.log_lines import LEVELS


def test_levels_are_those_of_the_log() -> None:
    assert {number: LEVELS[level] for number, level in LOG_LEVELS.items()} == {
        -1: "debug",
        0: "info",
        1: "warn",
        2: "error",
    }


def test_trailers_are_not_supported() -> None:
    assert (BUFFER_REQUEST, BUFFER_RESPONSE, SUPPORTED) == (1, 2, 3)
