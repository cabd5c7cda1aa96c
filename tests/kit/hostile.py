"""Hostile functions: one module for each kind of attack, and the body of the request says which is tried."""

from __future__ import annotations

import json
from collections.abc import Mapping

import wasmtime

from kit.edge import OK, RESULTS, ROOM, guest
from kit.http_wasm import Strings

MIB = 1024 * 1024
_READ_BODY = f"""(local.set $n (call $request_get_body))
    (drop (call $get_shared_buffer (i32.const {ROOM}) (i32.const 0) (local.get $n)))"""
_REST = f"(i32.const {ROOM + 1}) (i32.sub (local.get $n) (i32.const 1))"
"""The body behind its first byte, as two operands."""
_ANSWER = f"""(i32.store (i32.const {RESULTS}) (local.get $m))
    (drop (call $response_set_body (i32.const {RESULTS}) (i32.const 4)))"""
_ANSWER_WITH_BUFFER = f"""(i32.store (i32.const {RESULTS}) (local.get $m))
    (if (i32.gt_s (local.get $m) (i32.const 0))
        (then (drop (call $get_shared_buffer (i32.const {RESULTS + 4}) (i32.const 0) (local.get $m)))))
    (drop (call $response_set_body (i32.const {RESULTS})
        (i32.add (i32.const 4) (select (local.get $m) (i32.const 0) (i32.gt_s (local.get $m) (i32.const 0))))))"""


def made(wat: str) -> bytes:
    return bytes(wasmtime.wat2wasm(f"(module {wat})"))


def caller(call: str) -> bytes:
    """Begin the request whose head the body is, by `http_send` or `route_send`; answer with a number and the answer."""
    code = f"""{_READ_BODY}
        (local.set $m (call ${call} (i32.const {ROOM}) (local.get $n) (i32.const 0) (i32.const 0)))
        (if (i32.ge_s (local.get $m) (i32.const 0)) (then (local.set $m (call $http_wait (local.get $m)))))
        {_ANSWER_WITH_BUFFER} {OK}"""
    return made(guest(code))


def asking_itself(path: str) -> bytes:
    """Send a sub-request to where this very function answers."""
    strings = Strings()
    head = strings(head_of(path))
    code = f"""(local.set $m (call $route_send {head} (i32.const 0) (i32.const 0)))
        (if (i32.ge_s (local.get $m) (i32.const 0)) (then (local.set $m (call $http_wait (local.get $m)))))
        {_ANSWER} {OK}"""
    return made(guest(code, strings))


def choosing(attacks: Mapping[str, str], strings: Strings | None = None, *, more: str = "") -> bytes:
    """Do what the first byte of the body says; each attack leaves a number in `$m`, which is the answer."""
    cases = [
        f"(if (i32.eq (i32.load8_u (i32.const {ROOM})) (i32.const {ord(letter)})) (then {code}))"
        for letter, code in attacks.items()
    ]
    return made(guest(f"{_READ_BODY} {' '.join(cases)} {_ANSWER_WITH_BUFFER} {OK}", strings, more=more))


def storing() -> bytes:
    """Use a store on the key that follows the letter; values are the keys themselves."""
    return choosing(
        {
            "g": f"(local.set $m (call $kv_get {_REST}))",
            "s": f"(local.set $m (call $kv_set {_REST} {_REST} (i32.const 0)))",
            "d": f"(local.set $m (call $kv_delete {_REST}))",
            "l": f"(local.set $m (call $kv_keys {_REST} (i32.const 100)))",
            "G": f"(local.set $m (call $cache_get {_REST}))",
            "S": f"(local.set $m (call $cache_set {_REST} {_REST} (i32.const 60)))",
            "D": f"(local.set $m (call $cache_delete {_REST}))",
            "k": f"(local.set $m (call $secret_get {_REST}))",
        }
    )


def _many(times: int, call: str) -> str:
    return f"""(local.set $n (i32.const {times}))
        (loop $on {call} (br_if $on (local.tee $n (i32.sub (local.get $n) (i32.const 1)))))"""


def hogging() -> bytes:
    """Use up what there is of one thing."""
    strings = Strings()
    line, name, value = strings("x" * 200), strings("x-a"), strings("a\r\nset-cookie: stolen=1")
    body, most = f"(i32.const 0) (i32.const {MIB})", f"(i32.const 0) (i32.const {20 * 65536})"
    wild, wilder = "(i32.const 0xffff0000) (i32.const 0x7fffffff)", "(i32.const 0xffffffff) (i32.const 0) (i32.const 1)"
    return choosing(
        {
            "m": "(loop $on (br_if $on (i32.ne (memory.grow (i32.const 16)) (i32.const -1)))) unreachable",
            "c": "(loop $on (br $on))",
            "r": "(local.set $m (call $deep (i32.const 1)))",
            "l": _many(2000, f"(call $log {line})"),
            "f": _many(20_000, "(local.set $m (call $request_get_method))"),
            "w": f"(local.set $m (i32.add (call $response_set_body {wild}) (call $get_shared_buffer {wilder})))",
            "W": "(i32.store (i32.const 0x7fffffff) (i32.const 1))",
            "t": "(loop $on (drop (call $request_terminate (i32.const 200))) (br $on))",
            "b": f"(loop $on (drop (call $response_set_body {body})) (br $on))",
            "B": f"(local.set $m (call $response_set_body {most}))",
            "h": f"(local.set $m (call $response_set_header {name} {value}))",
            "H": _many(1000, f"(local.set $m (call $response_set_header {name} {line}))"),
            "i": "(local.set $m (call_indirect $table (type $none) (i32.const 7)))",
        },
        strings,
        more="""(type $none (func (result i32))) (table $table 8 funcref)
            (func $deep (param i32) (result i32) (i32.add (i32.const 1) (call $deep (local.get 0))))""",
    )


def head_of(url: str, method: str = "GET") -> bytes:
    """Return what a caller is sent so that it asks for a URL."""
    return json.dumps({"method": method, "url": url}).encode()


def number_of(body: bytes) -> int:
    """Return the number that such a function answers with."""
    return int.from_bytes(body[:4], "little", signed=True)
