"""A guest that stands in for the firewall's: it says of an exchange what its client tells it to say.

`X-Judge: JSON` is handed over as the judgement when the head comes, `X-Judge-Late: JSON` when the exchange is over, and
with `X-Judge-Body` the body, which is held back as a whole. `X-Refuse` makes it answer 403, after the body if there is
one; `X-Trap` makes it trap there. It refuses rules whose payload is empty, and settings
of more than 4 KiB, whose exclusions it blames.
"""

from __future__ import annotations

import json
import pathlib
import struct
from collections.abc import Mapping
from typing import Any, Final

import wasmtime

from config.waf_rules import HEAD_BYTES
from filters.waf.blob import MAGIC, VERSION
from kit.http_wasm import Strings
from kit.proxy_wasm import CONTINUE, GIVEN, OUT, PAUSE, REQUEST, REQUEST_HEADERS, answering, guest

JUDGEMENT: Final[Mapping[str, Any]] = {
    "action": "detected",
    "phase": 2,
    "rule": 949110,
    "status": 403,
    "inbound": 10,
    "outbound": 0,
    "paranoia": 1,
    "overflow": None,
    "matches": [
        {
            "rule": 942100,
            "severity": "CRITICAL",
            "message": "SQL injection",
            "target": "ARGS:id",
            "matched": "1' o*****",
            "tags": ["attack-sqli"],
            "file": "sql.conf",
            "line": 45,
        }
    ],
}


def judgement(**changes: Any) -> str:
    """Return a guest's judgement in JSON."""
    return json.dumps({**JUDGEMENT, **changes})


def blob(payload: bytes = b"rules") -> bytes:
    """Frame a payload as the compiler does; its checksum is nobody's."""
    return MAGIC + struct.pack("<BIQ", VERSION, len(payload), 0) + payload


def stand_in() -> str:
    """Write the guest, in WAT."""
    strings = Strings()
    saying = f"(drop (call $set_property {strings(b'penstock' + bytes(1) + b'waf')} {GIVEN}))"

    def if_asked(field: str, code: str) -> str:
        asked = f"(call $get_header_map_value {REQUEST_HEADERS} {strings(field)} {OUT})"
        return f"(if (i32.eqz {asked}) (then {code}))"

    ends = if_asked("x-trap", "unreachable") + if_asked("x-refuse", answering(strings) + f"(return {PAUSE})")

    def accepting(condition: str, otherwise: str) -> str:
        refusing = f"(drop (call $log (i32.const 4) {strings(otherwise)})) (i32.const 0)"
        return f"(if {condition} (then (return (i32.const 1)))) {refusing}"

    body = f"(drop (call $get_buffer_bytes {REQUEST} (i32.const 0) (local.get $size) {OUT}))"
    return guest(
        strings,
        vm_start=accepting(f"(i32.gt_u (local.get $size) (i32.const {HEAD_BYTES}))", "waf: there are no rules"),
        configure=accepting("(i32.le_u (local.get $size) (i32.const 4096))", "waf: exclusions: there is no rule 1"),
        request_headers=if_asked("x-judge", saying)
        + f"(if (i32.eqz (local.get $end)) (then (return {PAUSE}))) {ends} {CONTINUE}",
        request_body=f"(if (i32.eqz (local.get $end)) (then (return {PAUSE})))"
        + if_asked("x-judge-body", body + saying)
        + f"{ends} {CONTINUE}",
        log=if_asked("x-judge-late", saying),
    )


def stand_in_module(directory: pathlib.Path) -> str:
    """Write the guest's module; returns its path."""
    file = directory / "stand-in.wasm"
    file.write_bytes(wasmtime.wat2wasm(f"(module {stand_in()})"))
    return str(file)
