"""A scenario's guest: its WAT with the prelude's help and every callback traced, compiled.

A guest writes a callback as a plain function of its name without `proxy_` (`$on_request_headers`). The exported one
logs name and arguments first and then calls it, or continues where the guest has none. A guest that brings its own
`$allocate` gets that instead of the prelude's.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

import wasmtime

from bench.oracle.wat import Constants, defined, forms, needed

HERE = Path(__file__).parent

CALLBACKS: Final[dict[str, tuple[int, int | None]]] = {
    "on_context_create": (2, None),
    "on_vm_start": (2, 1),
    "on_configure": (2, 1),
    "on_tick": (1, None),
    "on_request_headers": (3, 0),
    "on_request_body": (3, 0),
    "on_request_trailers": (2, 0),
    "on_response_headers": (3, 0),
    "on_response_body": (3, 0),
    "on_response_trailers": (2, 0),
    "on_http_call_response": (5, None),
    "on_queue_ready": (2, None),
    "on_done": (1, 1),
    "on_log": (1, None),
    "on_delete": (1, None),
}
"""How many arguments a callback has, and what it returns if the guest has none of its own; None for nothing."""

IN_0_1_0: Final = {"on_request_headers": (2, 0), "on_response_headers": (2, 0)}
"""The callbacks that ABI 0.1.0 declares otherwise: without end_of_stream."""

SAY = {1: "$say1", 2: "$say2", 3: "$say3", 5: "$say5"}


@dataclass(frozen=True)
class Guest:
    """A guest to be compiled from `scenarios/<file>.wat`."""

    file: str
    abi: str | None = "0.2.1"
    """The version its marker names; None for no marker."""
    only: tuple[str, ...] = tuple(CALLBACKS)
    """The callbacks that it exports."""

    def wasm(self) -> bytes:
        return bytes(wasmtime.wat2wasm(self.wat()))

    def source(self) -> bytes:
        return self.wat().encode()

    def wat(self) -> str:
        return assemble((HERE / "scenarios" / f"{self.file}.wat").read_text(), self.abi, self.only)


@cache
def prelude() -> tuple[str, ...]:
    return tuple(forms((HERE / "prelude.wat").read_text()))


def assemble(text: str, abi: str | None = "0.2.1", only: Sequence[str] = tuple(CALLBACKS)) -> str:
    """Return a guest's whole module as WAT."""
    own = list(forms(text))
    names = {defined(form) for form in own}
    own += exports(names, abi, only)
    shared = [form for form in prelude() if defined(form) not in names]
    constants = Constants()
    body = [constants.place(form) for form in [*needed(own, shared), *own]]
    # Imports stand before everything else (the text format wants it).
    body.sort(key=lambda form: not form.startswith("(import"))
    return "\n".join(["(module", *body, '(memory (export "memory") 2)', *constants.data(), ")"])


def exports(own: set[str], abi: str | None, only: Sequence[str]) -> Iterator[str]:
    yield '(func (export "proxy_on_memory_allocate") (param i32) (result i32) (call $allocate (local.get 0)))'
    if abi is not None:
        yield f'(func (export "proxy_abi_version_{abi.replace(".", "_")}"))'
    declared = CALLBACKS | IN_0_1_0 if abi == "0.1.0" else CALLBACKS
    for name, (arguments, result) in declared.items():
        if name in only:
            yield callback(name, arguments, result, f"${name}" in own)


def callback(name: str, arguments: int, result: int | None, called: bool) -> str:
    """Write the export that logs the call and hands it on."""
    passed = " ".join(f"(local.get {at})" for at in range(arguments))
    returned = "" if result is None else " (result i32)"
    answer = f"(call ${name} {passed})" if called else "" if result is None else f"(i32.const {result})"
    said = passed
    if name == "on_http_call_response":
        # Envoy adds a header of its own to an upstream's answer, which no other host has.
        said = passed.replace("(local.get 2)", "(call $without_own (local.get 2))")
    return (
        f'(func (export "proxy_{name}") (param{" i32" * arguments}){returned}'
        f' (call {SAY[arguments]} (str "{name}") {said}) {answer})'
    )
