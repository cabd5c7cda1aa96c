"""A filter whose guests judge: what they say under `penstock.waf` is a firewall's judgement of the exchange.

The path means nothing to guests of other filters: only a configuration makes a module a firewall.
"""

from __future__ import annotations

from typing import ClassVar, Final

from proxy.errors import FilterBodyTooLarge
from proxy.exchange import Exchange
from proxy.firewall import Judgement, read_judgement
from proxy.firewall_book import FirewallBook, Outcome
from proxy.local_answer import local_answer
from proxy.messages import Response
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.guest import ProxyWasmGuest
from wasm_host.abi.proxy_wasm.numbers import Status
from wasm_host.abi.proxy_wasm.side import Side
from wasm_host.abi.proxy_wasm.stream import BodyResult, Stream
from wasm_host.filter import Program
from wasm_host.guest_metrics import GuestMetrics

JUDGEMENT: Final = b"penstock\0waf"

_REDIRECTS: Final = range(300, 400)


class FirewallStream(Stream):
    """One exchange before the judge, which may refuse it. `overflowed`: there was more to hold back than may be."""

    answering: ClassVar[tuple[str, str]] = ("refuse", "waf")
    judgement: Judgement | None = None
    refused = overflowed = False
    garbled = 0

    def set_property(self, path: bytes, value: bytes) -> int:
        if path != JUDGEMENT:
            return super().set_property(path, value)
        try:
            judgement = read_judgement(self.root.name, value)
        except ValueError:
            self.garbled += 1
            return Status.BAD_ARGUMENT
        self._show(judgement)
        return super().set_property(path, value)

    def _show(self, judgement: Judgement) -> None:
        """Put a judgement on the exchange, in the place of an earlier one; not of a graver one.

        Such a one may be another firewall's, or that of a guest which was lost and knew more than its successor.
        """
        self.judgement = _graver(self.judgement, judgement)
        self.exchange.firewall = _graver(self.exchange.firewall, judgement)

    def answer(self, response: Response, details: bytes) -> None:
        """Refuse as native filters do, in the route's dress, with the exchange's id; redirects stay as they are."""
        self.refused, route = True, self.exchange.route
        if response.status not in _REDIRECTS:
            response = local_answer(response.status, self.exchange.id, {} if route is None else route.error_pages)
        super().answer(response, details)

    def _body(self, side: Side, piece: bytes, last: bool) -> BodyResult:
        try:
            return super()._body(side, piece, last)
        except FilterBodyTooLarge:
            self.overflowed = True
            raise


def _graver(seen: Judgement | None, new: Judgement) -> Judgement:
    return seen if seen is not None and seen.outweighs(new) else new


class FirewallFilter(ProxyWasmFilter):
    """Enters every exchange in its book when it is over."""

    stream_type = FirewallStream

    def __init__(self, program: Program[ProxyWasmGuest], metrics: GuestMetrics, book: FirewallBook) -> None:
        super().__init__(program, metrics)
        self._book = book

    def on_complete(self, exchange: Exchange) -> None:
        stream = exchange.values.get(self.key)
        super().on_complete(exchange)
        if isinstance(stream, FirewallStream):
            self._enter(exchange, stream)
        else:  # There was no guest to be had.
            self._book.count(exchange, "failed")

    def _enter(self, exchange: Exchange, stream: FirewallStream) -> None:
        for _ in range(stream.garbled):
            self._book.garbled()
        judgement = stream.judgement
        cut_short = stream.failed or stream.overflowed
        if judgement is not None and (judgement.action != "passed" or not cut_short):
            self._book.judged(exchange, judgement)
        else:
            self._book.count(exchange, _outcome(stream))


def _outcome(stream: FirewallStream) -> Outcome:
    """Tell what came of an exchange by what happened to it."""
    if stream.failed:
        return "failed"
    if stream.overflowed:
        return "overflow"
    return "blocked" if stream.refused else "passed"
