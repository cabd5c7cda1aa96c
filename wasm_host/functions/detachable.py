"""A call that runs inside whoever awaits it, and goes on by itself once its answer is let go."""

from __future__ import annotations

from collections.abc import Callable, Coroutine, Generator
from typing import Any

from proxy.runtime import Strand
from wasm_host.functions.draft import Draft


class Detachable:
    """Awaited once. `went_on` is told of the strand that runs the rest, where there is one."""

    __slots__ = ("_coro", "_draft", "_went_on")

    def __init__(self, coro: Coroutine[Any, Any, None], draft: Draft, went_on: Callable[[Strand], None]) -> None:
        self._coro, self._draft, self._went_on = coro, draft, went_on

    def __await__(self) -> Generator[Any, Any, None]:
        coro, draft = self._coro, self._draft
        go_on, value = coro.send, None
        while True:
            try:
                waiting = go_on(value)
            except StopIteration:
                return
            if draft.terminated:
                self._went_on(Strand.going_on(coro, waiting))
                return
            try:
                yield waiting
                go_on, value = coro.send, None
            except BaseException as error:
                go_on, value = coro.throw, error
