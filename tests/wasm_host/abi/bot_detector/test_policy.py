"""What a detector's number means."""

import pytest

from wasm_host.abi.bot_detector.policy import verdict_of


@pytest.mark.parametrize(
    ("answer", "verdict"),
    [(0, "human"), (1, "known_bot"), (2, "suspicious"), (3, "suspicious"), (2**32 - 1, "suspicious")],
)
def test_what_is_neither_human_nor_known_is_suspicious(answer: int, verdict: str) -> None:
    assert verdict_of(answer) == verdict
