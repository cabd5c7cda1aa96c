"""The bytes of a rule set, as the guest reads them: `PNSTKWAF`, a version, length and checksum, then the payload."""

from __future__ import annotations

import struct
from typing import Any, Final

from filters.waf import ruleset
from filters.waf.codec import BYTE, TEXT, VARINT, As, BlobError, Bytes, Codec, Counted, Record, Tagged
from filters.waf.ruleset import RuleSet

MAGIC: Final = b"PNSTKWAF"
VERSION: Final = 1

_HEADER: Final = struct.Struct("<8sBIQ")
_SWITCH: Final = As(bool, BYTE)
_SELECTOR: Final[Codec[Any]] = Tagged(
    [
        (ruleset.Everything, Record(ruleset.Everything)),
        (ruleset.Named, Record(ruleset.Named, name=TEXT)),
        (ruleset.Matching, Record(ruleset.Matching, pattern=VARINT)),
    ]
)
_VARIABLE: Final = Record(
    ruleset.Variable, collection=BYTE, count=_SWITCH, selector=_SELECTOR, excluded=Counted(_SELECTOR)
)
_MACRO: Final[Codec[Any]] = Counted(
    Tagged(
        [
            (ruleset.Literal, Record(ruleset.Literal, text=TEXT)),
            (ruleset.Reference, Record(ruleset.Reference, collection=BYTE, selector=TEXT)),
        ]
    )
)
_SETVAR: Final = Record(ruleset.SetVar, name=_MACRO, change=As(ruleset.Change, BYTE), value=_MACRO)
_CTL: Final[Codec[Any]] = Tagged(
    [
        (ruleset.RemoveRules, Record(ruleset.RemoveRules, rules=Counted(VARINT))),
        (ruleset.RemoveTarget, Record(ruleset.RemoveTarget, rules=Counted(VARINT), target=_VARIABLE)),
        *(
            (switch, Record(switch, value=BYTE))
            for switch in (
                ruleset.SwitchEngine,
                ruleset.SetBodyProcessor,
                ruleset.ForceRequestBody,
                ruleset.AccessRequestBody,
                ruleset.AccessResponseBody,
            )
        ),
    ]
)
_RULE: Final = Record(
    ruleset.Rule,
    id=VARINT,
    phase=BYTE,
    flags=As(ruleset.Flag, BYTE),
    paranoia=BYTE,
    pipeline=VARINT,
    variables=Counted(_VARIABLE),
    operator=BYTE,
    negated=_SWITCH,
    argument=_MACRO,
    operand=VARINT,
    disruptive=As(ruleset.Disruptive, BYTE),
    status=VARINT,
    severity=BYTE,
    msg=_MACRO,
    tags=Counted(VARINT),
    skip_after=VARINT,
    skip=VARINT,
    setvars=Counted(_SETVAR),
    ctls=Counted(_CTL),
    file=VARINT,
    line=VARINT,
)
_RULE_SET: Final = Record(
    RuleSet,
    name=TEXT,
    settings=Counted(Record(ruleset.Setting, key=TEXT, value=TEXT)),
    pipelines=Counted(Counted(BYTE)),
    patterns=Counted(TEXT),
    phrase_sets=Counted(Counted(TEXT)),
    files=Counted(TEXT),
    tags=Counted(TEXT),
    rules=Counted(_RULE),
)


def written(rules: RuleSet) -> bytes:
    """Return the blob; the same rules give the same bytes."""
    payload = bytearray()
    _RULE_SET.write(rules, payload)
    return _HEADER.pack(MAGIC, VERSION, len(payload), fnv1a(payload)) + payload


def read(blob: bytes) -> RuleSet:
    """Return the rules of a blob; raise BlobError if it is none, or not whole."""
    source = Bytes(_payload(blob))
    rules = _RULE_SET.read(source)
    source.end()
    return rules


def fnv1a(data: bytes | bytearray) -> int:
    """Return the 64-bit FNV-1a hash."""
    value = 0xCBF29CE484222325
    for byte in data:
        value = (value ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return value


def _payload(blob: bytes) -> bytes:
    if len(blob) < _HEADER.size:
        raise BlobError("it is too short for a blob of rules")
    magic, version, length, checksum = _HEADER.unpack_from(blob)
    if magic != MAGIC:
        raise BlobError("it is no blob of rules")
    if version != VERSION:
        raise BlobError(f"it has version {version}, not {VERSION}; compile the rules anew")
    payload = blob[_HEADER.size :]
    if len(payload) != length or fnv1a(payload) != checksum:
        raise BlobError("it is damaged; compile the rules anew")
    return payload
