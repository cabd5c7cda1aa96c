"""One direction of an exchange in a Proxy-Wasm guest."""

from __future__ import annotations

from wasm_host.abi.proxy_wasm.body_flow import BodyFlow
from wasm_host.abi.proxy_wasm.pause import Pause


class Side:
    """The request or the response of a stream, where more is to be known than that its headers went on.

    `open` while its headers can be edited, `held` where they wait for the body; `resumed` is a word to go on that came
    before its pause.
    """

    __slots__ = ("flow", "held", "open", "pause", "resumed", "shown")

    def __init__(self, flow: BodyFlow) -> None:
        self.flow = flow
        self.open = True
        self.held = self.resumed = self.shown = False
        self.pause: Pause | None = None

    def resume(self) -> None:
        if self.pause is None:
            self.resumed = True
        else:
            self.pause.end()

    def take_resumed(self) -> bool:
        resumed, self.resumed = self.resumed, False
        return resumed
