"""What is timed of the WASM host: calls into a guest and out of it, its making, and whole exchanges."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import wasmtime

from bench.guests import compiled
from bench.timing import Case
from bench.works import SMALL_ANSWER
from proxy.exchange import Client, Exchange
from proxy.messages import Headers, Request, Response
from proxy.metrics import Registry
from wasm_host.abi.proxy_wasm.filter import ProxyWasmFilter
from wasm_host.abi.proxy_wasm.program import ProxyWasmProgram
from wasm_host.abi.proxy_wasm.services import WorkerServices
from wasm_host.abi.proxy_wasm.stream import Stream
from wasm_host.calls import Instance, Linked, Running
from wasm_host.engine import engine
from wasm_host.guest_metrics import GuestMetrics
from wasm_host.limits import GuestLimits
from wasm_host.log_lines import LogLines
from wasm_host.module import module_of
from wasm_host.program import GuestSettings, Instances
from wasm_host.signature import Export, HostFunction, Signature

CALLS: Final = 100
"""Calls out of the guest for one into it."""
CALLBACKS: Final = 6
"""Of one exchange in empty_filter.wat: context_create, request_headers, response_headers, log, done, delete."""
NEVER: Final = 1 << 62

MOST_US_A_CALLBACK: Final = 2.0
MOST_US_A_HOST_CALL: Final = 1.0
MOST_US_ADDED: Final = 13.0
MOST_US_ADDED_PER_REQUEST: Final = 30.0

PYTHON_CALL: Final = "an empty Python function"
PUBLIC_CALL: Final = "a callback by wasmtime's public API"

CLIENT: Final = Client("127.0.0.1", 40000, "bench")


def cases() -> list[Case]:
    return [*calls_in(), *calls_out(), *host_calls(), *making(), *exchanges()]


# -- bare calls


def calls_in() -> list[Case]:
    callback, _ = linked_calls()
    return [
        Case(PYTHON_CALL, empty_calls, per=CALLS),
        Case(PUBLIC_CALL, public_call("callback", 2, 4, 1)),
        Case("a callback by wasm_host/calls.py", lambda: callback(2, 4, 1), limit_us=MOST_US_A_CALLBACK),
    ]


def calls_out() -> list[Case]:
    _, call_out = linked_calls()
    return [
        Case("a host function by wasmtime's public API", public_call("call_out", CALLS), per=CALLS),
        Case("a host function that does nothing", lambda: call_out(CALLS), per=CALLS, limit_us=MOST_US_A_HOST_CALL),
    ]


def empty_calls() -> None:
    for _ in range(CALLS):
        nothing(1, 2, 3, 4, 5)


def nothing(_: int, __: int, ___: int, ____: int, _____: int) -> int:
    return 0


def linked_calls() -> tuple[Callable[..., int], Callable[..., int]]:
    """Return bare_calls.wat's two exports as the host calls them."""
    module = wasmtime.Module(engine(), compiled("bare_calls"))
    function = HostFunction("env", "nothing", Signature("iiiii", "i"), nothing)
    exports = [Export("callback", Signature("iii", "i")), Export("call_out", Signature("i", "i"))]
    linked = Linked(engine(), module, [function], exports, GuestLimits(), Running(float("inf")))
    callback, call_out = Instance(linked).functions
    assert callback is not None
    assert call_out is not None
    return callback, call_out


def public_call(export: str, *arguments: int) -> Callable[[], object]:
    """Return a call of one of bare_calls.wat's exports by wasmtime's public API."""
    store = wasmtime.Store(engine())
    store.set_epoch_deadline(NEVER)
    linker = wasmtime.Linker(engine())
    five = [wasmtime.ValType.i32() for _ in range(5)]
    linker.define_func("env", "nothing", wasmtime.FuncType(five, [wasmtime.ValType.i32()]), nothing)
    instance = linker.instantiate(store, wasmtime.Module(engine(), compiled("bare_calls")))
    function = instance.exports(store)[export]
    assert isinstance(function, wasmtime.Func)
    return lambda: function(store, *arguments)


# -- Proxy-Wasm's functions


def host_calls() -> list[Case]:
    guest = filter_of("host_calls").guests.take()
    stream = Stream(guest, exchange())
    call_many, lines = guest.on_foreign_function, stream.exchange.request.headers.lines.copy()
    assert call_many is not None

    def of(which: int) -> Callable[[], None]:
        def call() -> None:
            guest.enter()
            guest.context = stream
            call_many(1, which, CALLS)
            stream.exchange.request.headers.replace_all(lines)

        return call

    # To give a value, a host function calls the guest's allocator: one call out and one in.
    given_us = MOST_US_A_HOST_CALL + MOST_US_A_CALLBACK
    limits_us = {
        "proxy_get_header_map_value, with the guest's allocator": given_us,
        "proxy_get_header_map_value of what is not there": MOST_US_A_HOST_CALL,
        "proxy_add_header_map_value": MOST_US_A_HOST_CALL,
        "proxy_get_property request.path, with the guest's allocator": given_us,
        "proxy_log below the level": MOST_US_A_HOST_CALL,
    }
    return [
        Case(title, of(which), per=CALLS, limit_us=limit_us)
        for which, (title, limit_us) in enumerate(limits_us.items())
    ]


# -- guests and exchanges


def filter_of(guest: str, instances: Instances = "shared") -> ProxyWasmFilter:
    """Make a filter as the configuration would, its first guest started."""
    registry = Registry()
    settings = GuestSettings(guest, instances=instances)
    log = LogLines(guest, settings.log_level, registry.wasm_log_dropped.child(guest))
    services = WorkerServices({}, registry).of_trial(guest)
    program = ProxyWasmProgram(module_of(compiled(guest), f"{guest}.wasm"), settings, services, log)
    made = ProxyWasmFilter(program, GuestMetrics(registry, guest))
    made.start()
    return made


def making() -> list[Case]:
    program = filter_of("header_filter").program
    assert isinstance(program, ProxyWasmProgram)
    return [
        Case("make and close an instance", lambda: Instance(program.linked).close()),
        Case("make, start and close a Proxy-Wasm guest", lambda: program.make().close()),
    ]


def exchanges() -> list[Case]:
    return [
        Case(
            "a callback that does nothing, with all that a filter does around it",
            through(filter_of("empty_filter")),
            per=CALLBACKS,
            bare=unfiltered,
            limit_us=MOST_US_A_CALLBACK,
        ),
        Case(
            "an exchange through header_filter.wat, shared",
            through(filter_of("header_filter")),
            bare=unfiltered,
            limit_us=MOST_US_ADDED,
        ),
        Case(
            "an exchange through header_filter.wat, per request",
            through(filter_of("header_filter", "per_request")),
            bare=unfiltered,
            limit_us=MOST_US_ADDED_PER_REQUEST,
        ),
    ]


def exchange() -> Exchange:
    headers = Headers([b"User-Agent: wrk", b"Accept: */*"])
    return Exchange(Request("GET", "/small", headers=headers, authority="127.0.0.1:8080", host="127.0.0.1"), CLIENT)


def response() -> Response:
    return Response(200, Headers([b"Content-Type: text/plain"]), SMALL_ANSWER)


def unfiltered() -> None:
    exchange()
    response()


def through(filter: ProxyWasmFilter) -> Callable[[], None]:
    """Return a call that makes an exchange and takes it through a filter's hooks."""
    on_request, on_response, on_complete = filter.on_request, filter.on_response, filter.on_complete

    def call() -> None:
        made = exchange()
        on_request(made)
        on_response(made, response())
        on_complete(made)

    return call
